package io.sluice.tenant.credential;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/** The digest that PostgreSQL's md5 passwords are made of. */
final class Md5Digest {
    static final Pattern STORED = Pattern.compile("md5[0-9a-f]{32}");

    private Md5Digest() {}

    static String hex(byte[] data) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(data));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this JDK has no MD5: md5 passwords cannot be used", e);
        }
    }
}
