package io.sluice.config;

/** A text that is not what its key wants. */
final class BadValue extends Exception {
    private final String complaint;

    BadValue(String complaint) {
        super(complaint);
        this.complaint = complaint;
    }

    /** What is wrong, for the operator. */
    String complaint() {
        return complaint;
    }
}
