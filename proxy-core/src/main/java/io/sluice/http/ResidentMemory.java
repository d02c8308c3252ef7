package io.sluice.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/** How much memory of the machine this process takes, as Linux counts it. */
final class ResidentMemory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String LINE = "VmRSS:";
    private static final String UNIT = "kB";

    private ResidentMemory() {}

    /** In bytes; empty where the system does not tell. Reads a file: not for an event loop. */
    static OptionalLong bytes() throws IOException {
        return Files.isReadable(STATUS)
                ? in(Files.readString(STATUS, StandardCharsets.US_ASCII))
                : OptionalLong.empty();
    }

    /** What a text of the form of {@code /proc/PID/status} says. */
    static OptionalLong in(String status) {
        return status.lines()
                .filter(line -> line.startsWith(LINE) && line.endsWith(UNIT))
                .map(line -> line.substring(LINE.length(), line.length() - UNIT.length()).strip())
                .mapToLong(kilobytes -> Long.parseLong(kilobytes) * 1024)
                .findFirst();
    }
}
