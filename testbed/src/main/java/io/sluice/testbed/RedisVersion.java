package io.sluice.testbed;

import java.util.Comparator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A version of Redis, such as 6.2.11. */
public record RedisVersion(int major, int minor, int patch) implements Comparable<RedisVersion> {

    private static final Pattern NUMBERS = Pattern.compile("(\\d+)\\.(\\d+)\\.(\\d+)");
    private static final Comparator<RedisVersion> BY_AGE =
            Comparator.comparingInt(RedisVersion::major)
                    .thenComparingInt(RedisVersion::minor)
                    .thenComparingInt(RedisVersion::patch);

    /** The first version in {@code text}, which may be what {@code redis-server --version} says. */
    public static RedisVersion in(String text) {
        Matcher found = NUMBERS.matcher(text);
        if (!found.find()) {
            throw new IllegalArgumentException("no version in <%s>".formatted(text));
        }
        return new RedisVersion(
                Integer.parseInt(found.group(1)),
                Integer.parseInt(found.group(2)),
                Integer.parseInt(found.group(3)));
    }

    /** Whether it is that version or a later one. */
    public boolean isAtLeast(int atLeastMajor, int atLeastMinor) {
        return compareTo(new RedisVersion(atLeastMajor, atLeastMinor, 0)) >= 0;
    }

    @Override
    public int compareTo(RedisVersion other) {
        return BY_AGE.compare(this, other);
    }

    @Override
    public String toString() {
        return "%d.%d.%d".formatted(major, minor, patch);
    }
}
