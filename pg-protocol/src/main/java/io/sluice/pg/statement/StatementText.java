package io.sluice.pg.statement;

/**
 * The bytes of a text with its parameter types, and how many statements are made of them: each is
 * what servers read in them in another context. Confined to the loop of their pool.
 */
final class StatementText {
    private final byte[] bytes;
    private int statements = 1;

    StatementText(byte[] bytes) {
        this.bytes = bytes;
    }

    byte[] bytes() {
        return bytes;
    }

    /** One more statement is made of it. */
    StatementText share() {
        statements++;
        return this;
    }

    /** One statement less; returns how many bytes nobody has any more. */
    int drop() {
        return --statements == 0 ? bytes.length : 0;
    }
}
