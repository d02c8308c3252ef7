package io.sluice.pg.message;

/** Where a server session stands between two commands, as ReadyForQuery tells it. */
public enum TransactionStatus {
    IDLE('I'),
    IN_TRANSACTION('T'),
    FAILED('E');

    private final byte code;

    TransactionStatus(char code) {
        this.code = (byte) code;
    }

    public byte code() {
        return code;
    }

    /** Reads the status byte; an unknown one makes the connection unusable, never "idle". */
    public static TransactionStatus of(byte code) {
        return switch (code) {
            case 'I' -> IDLE;
            case 'T' -> IN_TRANSACTION;
            case 'E' -> FAILED;
            default -> throw new ProtocolViolation("transaction status byte " + code);
        };
    }
}
