package io.sluice.config;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Durations and sizes as they are written in the file. A number without a unit is refused (HOCON
 * itself would read milliseconds, most people write seconds); {@code 0} and {@code off} are zero.
 */
final class Units {
    private static final Pattern MEASURE = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([a-zA-Z]*)");
    private static final BigDecimal NANOS_PER_SECOND = BigDecimal.valueOf(1_000_000_000);
    private static final long[] STEPS = {86_400_000, 3_600_000, 60_000, 1_000, 1};
    private static final String[] STEP_UNITS = {"d", "h", "m", "s", "ms"};
    private static final String[] SIZE_UNITS = {"GiB", "MiB", "KiB"};

    private Units() {}

    /** Whether {@code text} switches something off. */
    static boolean isOff(String text) {
        return text.equals("off") || text.equals("0");
    }

    static Duration duration(String text) throws BadValue {
        if (isOff(text)) {
            return Duration.ZERO;
        }
        Matcher matcher = match(text, "is no duration: write a number and a unit, such as 30s");
        if (matcher.group(2).isEmpty()) {
            throw new BadValue(
                    "\"" + text + "\" has no unit: write " + text + "s or " + text + "ms");
        }
        BigDecimal seconds =
                switch (matcher.group(2)) {
                    case "ns" -> BigDecimal.ONE.movePointLeft(9);
                    case "us" -> BigDecimal.ONE.movePointLeft(6);
                    case "ms", "milli", "millis", "millisecond", "milliseconds" ->
                            BigDecimal.ONE.movePointLeft(3);
                    case "s", "second", "seconds" -> BigDecimal.ONE;
                    case "m", "minute", "minutes" -> BigDecimal.valueOf(60);
                    case "h", "hour", "hours" -> BigDecimal.valueOf(3600);
                    case "d", "day", "days" -> BigDecimal.valueOf(86_400);
                    default ->
                            throw new BadValue(
                                    "\"%s\" is no unit of time: use ms, s, m, h or d"
                                            .formatted(matcher.group(2)));
                };
        BigDecimal nanos =
                seconds.multiply(new BigDecimal(matcher.group(1))).multiply(NANOS_PER_SECOND);
        try {
            return Duration.ofNanos(nanos.longValueExact());
        } catch (ArithmeticException _) {
            throw new BadValue("\"" + text + "\" is too long or too fine a duration");
        }
    }

    static long bytes(String text) throws BadValue {
        if (isOff(text)) {
            return 0;
        }
        Matcher matcher = match(text, "is no size: write a number and a unit, such as 64KiB");
        long unit =
                switch (matcher.group(2).toLowerCase(Locale.ROOT)) {
                    case "", "b" -> 1L;
                    case "kb" -> 1_000L;
                    case "k", "ki", "kib" -> 1L << 10;
                    case "mb" -> 1_000_000L;
                    case "m", "mi", "mib" -> 1L << 20;
                    case "gb" -> 1_000_000_000L;
                    case "g", "gi", "gib" -> 1L << 30;
                    default ->
                            throw new BadValue(
                                    "\"%s\" is no unit of size: use B, KiB, MiB or GiB"
                                            .formatted(matcher.group(2)));
                };
        try {
            return new BigDecimal(matcher.group(1))
                    .multiply(BigDecimal.valueOf(unit))
                    .longValueExact();
        } catch (ArithmeticException _) {
            throw new BadValue("\"" + text + "\" is not a whole number of bytes");
        }
    }

    /** The shortest exact way to write it: 90s, 5m, 250ms. */
    static String show(Duration duration) {
        long millis = duration.toMillis();
        if (duration.isZero()) {
            return "off";
        }
        if (!Duration.ofMillis(millis).equals(duration)) {
            return duration.toNanos() + "ns";
        }
        for (int i = 0; i < STEPS.length; i++) {
            if (millis % STEPS[i] == 0) {
                return millis / STEPS[i] + STEP_UNITS[i];
            }
        }
        throw new AssertionError("every duration is a multiple of 1 ms here");
    }

    static String show(long bytes) {
        for (int i = 0; i < SIZE_UNITS.length; i++) {
            long unit = 1L << (10 * (SIZE_UNITS.length - i));
            if (bytes > 0 && bytes % unit == 0) {
                return bytes / unit + SIZE_UNITS[i];
            }
        }
        return Long.toString(bytes) + "B";
    }

    private static Matcher match(String text, String complaint) throws BadValue {
        Matcher matcher = MEASURE.matcher(text.strip());
        if (!matcher.matches()) {
            throw new BadValue("\"" + text + "\" " + complaint);
        }
        return matcher;
    }
}
