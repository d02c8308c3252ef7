package io.sluice.resp.wire;

/**
 * A number in a header, read byte by byte with Redis' own strictness: digits behind at most a
 * minus, no plus, no leading zero, nothing that a long does not hold.
 */
final class Decimal {
    /** Kept negative, since there is one number more below zero than above. */
    private long negated;

    private int digits;
    private boolean isNegative;
    private boolean isBroken;

    void begin() {
        negated = 0;
        digits = 0;
        isNegative = false;
        isBroken = false;
    }

    void add(byte c) {
        int digit = c - '0';
        if (c == '-' && digits == 0 && !isNegative) {
            isNegative = true;
        } else if (digit < 0
                || digit > 9
                || leadsZero(digit)
                || negated < (Long.MIN_VALUE + digit) / 10) {
            isBroken = true;
        } else {
            negated = negated * 10 - digit;
            digits++;
        }
    }

    /** A zero is the only digit of its number, and without a minus. */
    private boolean leadsZero(int digit) {
        return digits == 0 ? digit == 0 && isNegative : negated == 0;
    }

    /** Whether nothing that was added spoils it: more digits may still come. */
    boolean isSound() {
        return !isBroken;
    }

    /** Whether all that was added makes a number. */
    boolean isNumber() {
        return !isBroken && digits > 0 && (isNegative || negated != Long.MIN_VALUE);
    }

    /** The number, if it is one. */
    long value() {
        return isNegative ? negated : -negated;
    }
}
