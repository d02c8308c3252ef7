package io.sluice.config;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Fetches secrets from where the file says they are: inline, {@code { file = … }}, {@code { env = …
 * }} or {@code { credential = … }} (a systemd credential). Nothing of a secret gets into a message.
 */
final class SecretReader {
    /** What stands for a secret wherever one would be shown. */
    static final String HIDDEN = "***";

    private static final String TEXT = "value";
    private static final List<String> SOURCES = List.of("file", "env", "credential");
    private static final long LARGEST = 64 * 1024;
    private static final Pattern MD5 = Pattern.compile("md5[0-9a-fA-F]{32}");

    /** SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey, as PostgreSQL keeps it (RFC 5803). */
    private static final Pattern SCRAM =
            Pattern.compile("SCRAM-SHA-256\\$(\\d{1,9}):([^$:]+)\\$([^$:]+):([^$:]+)");

    private static final int KEY_BYTES = 32;

    private final Path folder;
    private final Map<String, String> env;

    /**
     * @param folder what relative paths are relative to where the value's own file is unknown
     */
    SecretReader(Path folder, Map<String, String> env) {
        this.folder = folder;
        this.env = env;
    }

    /** {@code verify}: one secret, a list of them, or the word trust. */
    CredentialConfig credential(SectionReader section, String key) {
        if (section.is(key, "trust")) {
            section.inForce(key, "trust");
            return new CredentialConfig(true, List.of());
        }
        List<SectionReader> sources = section.sections(key, TEXT);
        if (sources.isEmpty()) {
            section.reject(
                    key,
                    "is missing: how clients prove who they are",
                    "a secret, a list of them, or the word trust");
        }
        var secrets = new ArrayList<Secret>();
        for (SectionReader source : sources) {
            if (source.is(TEXT, "trust")) {
                source.rejectSelf("trust is a word of its own, not one of a list");
                continue;
            }
            fetch(source).filter(secret -> isWellFormed(source, secret)).ifPresent(secrets::add);
        }
        section.inForce(key, secrets.stream().map(_ -> HIDDEN).toList());
        return new CredentialConfig(false, List.copyOf(secrets));
    }

    /** {@code secret}: what the proxy itself logs in with; null if there is none. */
    @Nullable Secret login(SectionReader section, String key) {
        List<SectionReader> sources = section.sections(key, TEXT);
        if (sources.isEmpty()) {
            return null;
        }
        if (sources.size() > 1) {
            section.reject(key, "must be one secret, is a list");
            return null;
        }
        SectionReader source = sources.getFirst();
        Optional<Secret> secret = fetch(source).filter(found -> isWellFormed(source, found));
        if (secret.isPresent() && secret.get().reveal().startsWith("SCRAM-SHA-256$")) {
            section.reject(
                    key,
                    "is a SCRAM verifier, which only checks logins and cannot log in to a server",
                    "give the password itself");
        }
        section.inForce(key, HIDDEN);
        return secret.orElse(null);
    }

    private Optional<Secret> fetch(SectionReader source) {
        if (source.has(TEXT)) {
            String text = source.hidden(TEXT);
            return Optional.ofNullable(text).map(Secret::new).filter(s -> isFilled(source, s));
        }
        SOURCES.forEach(source::knows);
        List<String> given = SOURCES.stream().filter(source::has).toList();
        if (given.size() != 1) {
            source.rejectSelf("must be a text, or have exactly one of file, env, credential");
            return Optional.empty();
        }
        String kind = given.getFirst();
        String name = source.hidden(kind);
        if (name == null) {
            return Optional.empty();
        }
        try {
            String text =
                    switch (kind) {
                        case "file" -> content(base(source).resolve(name));
                        case "env" -> variable(name);
                        default -> content(credentialFile(name));
                    };
            return Optional.of(new Secret(text)).filter(s -> isFilled(source, s));
        } catch (BadValue bad) {
            source.reject(kind, bad.complaint());
            return Optional.empty();
        }
    }

    private Path base(SectionReader source) {
        return source.fileOf("file")
                .map(file -> Path.of(file).toAbsolutePath().resolveSibling(""))
                .orElse(folder);
    }

    private String variable(String name) throws BadValue {
        String value = env.get(name);
        if (value == null) {
            throw new BadValue("the environment has no variable \"" + name + "\"");
        }
        return value;
    }

    private Path credentialFile(String name) throws BadValue {
        String directory = env.get("CREDENTIALS_DIRECTORY");
        if (directory == null) {
            throw new BadValue(
                    "no credentials were passed: CREDENTIALS_DIRECTORY is not set, use"
                            + " LoadCredential= in the systemd unit");
        }
        if (name.contains("/") || name.equals("..")) {
            throw new BadValue("a credential is named without a path");
        }
        return Path.of(directory).resolve(name);
    }

    private static String content(Path file) throws BadValue {
        try {
            if (isWorldReadable(file)) {
                throw new BadValue(
                        "every user of this machine can read %s: chmod o-r it".formatted(file));
            }
            if (Files.size(file) > LARGEST) {
                throw new BadValue("%s is larger than 64KiB, so hardly a secret".formatted(file));
            }
            String text = Files.readString(file, StandardCharsets.UTF_8);
            return text.endsWith("\r\n")
                    ? text.substring(0, text.length() - 2)
                    : text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
        } catch (NoSuchFileException _) {
            throw new BadValue("there is no file " + file);
        } catch (CharacterCodingException _) {
            throw new BadValue(file + " is not UTF-8 text");
        } catch (IOException cannot) {
            throw new BadValue("cannot read %s: %s".formatted(file, cannot));
        }
    }

    private static boolean isWorldReadable(Path file) throws IOException {
        try {
            return Files.getPosixFilePermissions(file).contains(PosixFilePermission.OTHERS_READ);
        } catch (UnsupportedOperationException _) {
            return false; // a file system that knows no such permissions
        }
    }

    private static boolean isFilled(SectionReader source, Secret secret) {
        if (secret.reveal().isEmpty()) {
            source.rejectSelf("the secret is empty");
            return false;
        }
        if (secret.reveal().indexOf('\0') >= 0) {
            source.rejectSelf("the secret contains a NUL character");
            return false;
        }
        return true;
    }

    private static boolean isWellFormed(SectionReader source, Secret secret) {
        String text = secret.reveal();
        if (text.startsWith("md5") && !MD5.matcher(text).matches()) {
            source.rejectSelf(
                    "begins with md5 but is no md5 secret: md5 and 32 hexadecimal digits");
            return false;
        }
        if (text.startsWith("SCRAM-SHA-") && !isScramVerifier(text)) {
            source.rejectSelf(
                    "is no SCRAM verifier: SCRAM-SHA-256$iterations:salt$stored-key:server-key");
            return false;
        }
        return true;
    }

    private static boolean isScramVerifier(String text) {
        Matcher matcher = SCRAM.matcher(text);
        return matcher.matches()
                && Integer.parseInt(matcher.group(1)) > 0
                && decodedLength(matcher.group(2)) > 0
                && decodedLength(matcher.group(3)) == KEY_BYTES
                && decodedLength(matcher.group(4)) == KEY_BYTES;
    }

    private static int decodedLength(String base64) {
        try {
            return Base64.getDecoder().decode(base64).length;
        } catch (IllegalArgumentException _) {
            return -1;
        }
    }
}
