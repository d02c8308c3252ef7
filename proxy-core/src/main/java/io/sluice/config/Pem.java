package io.sluice.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One block of a PEM file (RFC 7468): what stands between its BEGIN and END lines.
 *
 * @param label such as {@code CERTIFICATE}
 * @param text Base64, perhaps after headers as old tools write them
 */
record Pem(String label, String text) {
    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);

    /**
     * All blocks of {@code file} in their order; none if it is no PEM file. Blocks the thread.
     *
     * @throws BadValue if it cannot be read
     */
    static List<Pem> read(Path file) throws BadValue {
        var blocks = new ArrayList<Pem>();
        Matcher matcher = BLOCK.matcher(text(file));
        while (matcher.find()) {
            blocks.add(new Pem(matcher.group(1), matcher.group(2)));
        }
        return blocks;
    }

    private static String text(Path file) throws BadValue {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1);
        } catch (NoSuchFileException _) {
            throw new BadValue("cannot read %s: there is no such file".formatted(file));
        } catch (AccessDeniedException _) {
            throw new BadValue(
                    "cannot read %s: user %s may not"
                            .formatted(file, System.getProperty("user.name")));
        } catch (IOException e) {
            throw new BadValue("cannot read %s: %s".formatted(file, e.getMessage()));
        }
    }

    /**
     * What the block holds, mostly DER.
     *
     * @throws IllegalArgumentException if it is not Base64
     */
    byte[] content() {
        return Base64.getMimeDecoder().decode(text);
    }
}
