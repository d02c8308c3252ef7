package io.sluice.pg.sql;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.sluice.pg.sql.SettingChange.Kind;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads SET, RESET and DISCARD, token by token; {@link #finish} says what they change. */
final class SettingReader {
    private enum Stage {
        /** Before a setting's name, which several words are no part of. */
        SET,
        RESET,
        DISCARD,
        /** In a name, after a word of it. */
        NAME,
        /** In a name, after a dot. */
        NAME_DOT,
        TIME,
        XML,
        SESSION,
        CHARACTERISTICS,
        VALUE,
        /** Nothing that follows matters. */
        DONE
    }

    private final byte[] name = new byte[2 * SqlLexer.LONGEST_NAME + 1];
    private int nameLength;
    private Stage stage = Stage.DONE;
    private Kind kind = Kind.SET;
    private Token previous = Token.NONE;
    private boolean local;
    private boolean unreadable;
    private boolean timeZone;
    private boolean toDefault; // the value is, and is only, DEFAULT
    private boolean complete; // as far as the server would not reject it
    private int valueTokens;
    private long effects;
    private @Nullable String isolation;
    private @Nullable String readOnly;
    private @Nullable String deferrable;

    void begin(Command command) {
        stage =
                switch (command) {
                    case SET -> Stage.SET;
                    case RESET -> Stage.RESET;
                    default -> Stage.DISCARD;
                };
        kind = command == Command.SET ? Kind.SET : Kind.RESET;
        nameLength = 0;
        previous = Token.NONE;
        local = false;
        unreadable = false;
        timeZone = false;
        toDefault = false;
        complete = false;
        valueTokens = 0;
        effects = 0;
        isolation = null;
        readOnly = null;
        deferrable = null;
    }

    /** A word or quoted name; {@code token} is {@link Token#NAME} for what is no keyword. */
    void name(Token token, byte[] bytes, int from, int length) {
        unreadable |= token == Token.ESCAPED_NAME;
        switch (stage) {
            case SET -> firstWord(token, bytes, from, length);
            case RESET -> resetWord(token, bytes, from, length);
            case DISCARD -> discard(token);
            case NAME -> {
                if (token == Token.TO) {
                    stage = Stage.VALUE;
                } else if (token == Token.FROM) {
                    unreadable = true; // FROM CURRENT
                    stage = Stage.DONE;
                } else if (is("role")) { // SET ROLE x
                    stage = Stage.VALUE;
                    value(token);
                } else {
                    reject();
                }
            }
            case NAME_DOT -> part(bytes, from, length);
            case TIME -> expectZone(token);
            case XML -> {
                alias("xmloption");
                stage = token == Token.OPTION ? Stage.VALUE : Stage.DONE;
            }
            case SESSION -> {
                switch (token) {
                    case AUTHORIZATION -> {
                        alias("session_authorization");
                        stage = Stage.VALUE;
                        complete = kind == Kind.RESET;
                    }
                    case CHARACTERISTICS -> stage = Stage.CHARACTERISTICS;
                    default -> {
                        stage = Stage.SET;
                        firstWord(token, bytes, from, length);
                    }
                }
            }
            case CHARACTERISTICS -> characteristic(token);
            case VALUE -> value(token);
            case DONE -> {}
        }
        previous = token;
    }

    /** Any other token. */
    void other(Token token, boolean portable) {
        unreadable |= !portable;
        switch (stage) {
            case NAME -> {
                if (token == Token.DOT) {
                    stage = Stage.NAME_DOT;
                } else if (token == Token.EQUALS) {
                    stage = Stage.VALUE;
                } else if (is("role") && token == Token.LITERAL) { // SET ROLE 'x'
                    stage = Stage.VALUE;
                    value(token);
                } else {
                    reject();
                }
            }
            case VALUE -> value(token);
            case CHARACTERISTICS, DONE -> {}
            case SET, RESET, DISCARD, NAME_DOT, TIME, XML, SESSION -> reject();
        }
        previous = token;
    }

    private void firstWord(Token token, byte[] bytes, int from, int length) {
        switch (token) {
            case LOCAL -> {
                if (previous == Token.NONE) {
                    local = true;
                } else {
                    part(bytes, from, length);
                }
            }
            case SESSION -> stage = Stage.SESSION;
            case TRANSACTION, CONSTRAINTS -> stage = Stage.DONE; // ends with the transaction
            case TIME -> stage = Stage.TIME;
            case XML -> stage = Stage.XML;
            case NAMES -> {
                alias("client_encoding");
                stage = Stage.VALUE;
                complete = true; // without a value: to the default
                toDefault = true;
            }
            case SCHEMA -> {
                alias("search_path");
                stage = Stage.VALUE;
            }
            default -> part(bytes, from, length);
        }
    }

    private void resetWord(Token token, byte[] bytes, int from, int length) {
        switch (token) {
            case ALL -> {
                kind = Kind.RESET_ALL;
                complete = true;
                stage = Stage.DONE;
            }
            case TIME -> stage = Stage.TIME;
            case SESSION -> stage = Stage.SESSION;
            case TRANSACTION -> stage = Stage.DONE; // TRANSACTION ISOLATION LEVEL
            default -> {
                complete = true;
                part(bytes, from, length);
            }
        }
    }

    private void discard(Token token) {
        stage = Stage.DONE;
        switch (token) {
            case ALL -> {
                kind = Kind.DISCARD_ALL;
                complete = true;
                effects =
                        Effect.DISCARD_ALL.bit()
                                | Effect.DISCARD_PLANS.bit()
                                | Effect.DISCARD_SEQUENCES.bit()
                                | Effect.DISCARD_TEMP.bit()
                                | Effect.DEALLOCATE_ALL.bit()
                                | Effect.UNLISTEN_ALL.bit()
                                | Effect.ADVISORY_UNLOCK_ALL.bit();
            }
            case PLANS -> effects = Effect.DISCARD_PLANS.bit();
            case SEQUENCES -> effects = Effect.DISCARD_SEQUENCES.bit();
            case TEMP, TEMPORARY -> effects = Effect.DISCARD_TEMP.bit();
            default -> {}
        }
    }

    private void expectZone(Token token) {
        if (token != Token.ZONE) {
            reject();
            return;
        }
        alias("timezone");
        timeZone = true;
        complete = kind == Kind.RESET;
        stage = Stage.VALUE;
    }

    private void value(Token token) {
        complete = true;
        valueTokens++;
        toDefault =
                valueTokens == 1 && (token == Token.DEFAULT || (timeZone && token == Token.LOCAL));
    }

    private void characteristic(Token token) {
        switch (token) {
            case SERIALIZABLE -> isolation = "serializable";
            case COMMITTED -> isolation = "read committed";
            case UNCOMMITTED -> isolation = "read uncommitted";
            case READ -> isolation = previous == Token.REPEATABLE ? "repeatable read" : isolation;
            case ONLY -> readOnly = "on";
            case WRITE -> readOnly = "off";
            case DEFERRABLE -> deferrable = previous == Token.NOT ? "off" : "on";
            default -> {}
        }
    }

    private void reject() {
        stage = Stage.DONE;
        complete = false;
    }

    private void alias(String standsFor) {
        byte[] bytes = standsFor.getBytes(ISO_8859_1);
        nameLength = 0;
        part(bytes, 0, bytes.length);
    }

    private void part(byte[] bytes, int from, int length) {
        int dot = stage == Stage.NAME_DOT ? 1 : 0;
        stage = Stage.NAME;
        if (length > SqlLexer.LONGEST_NAME || nameLength + dot + length > name.length) {
            unreadable = true;
            return;
        }
        if (dot == 1) {
            name[nameLength++] = '.';
        }
        for (int i = from; i < from + length; i++) {
            name[nameLength++] = ByteClass.lower(bytes[i]);
            unreadable |= bytes[i] < 0;
        }
    }

    private boolean is(String setting) {
        return nameLength == setting.length() && name().equals(setting);
    }

    private String name() {
        return new String(name, 0, nameLength, ISO_8859_1);
    }

    /**
     * Tells the result what the statement changes.
     *
     * @param text the whole statement, null if it could not be kept
     * @return pins, as bits of {@link PinReason}
     */
    int finish(Classified result, @Nullable String text, int statement) {
        result.add(effects);
        if (isolation != null) {
            setDefault(result, "default_transaction_isolation", isolation, statement);
        }
        if (readOnly != null) {
            setDefault(result, "default_transaction_read_only", readOnly, statement);
        }
        if (deferrable != null) {
            setDefault(result, "default_transaction_deferrable", deferrable, statement);
        }
        if (!complete && !unreadable) {
            return 0;
        }
        if (local) {
            if (unreadable || ParseSettings.contains(name())) {
                result.add(Effect.LOCAL_PARSE_SETTING.bit());
            }
            return 0;
        }
        if (kind == Kind.RESET_ALL || kind == Kind.DISCARD_ALL) {
            result.add(Effect.SETTING.bit());
            String all = kind == Kind.RESET_ALL ? "RESET ALL" : "DISCARD ALL";
            result.add(new SettingChange(kind, "", all, statement));
            return 0;
        }
        String setting = name();
        if (endsWithTransaction(setting)) {
            return 0;
        }
        result.add(Effect.SETTING.bit());
        if (unreadable || text == null) {
            return PinReason.UNREADABLE_SETTING.bit();
        }
        SettingChange change =
                new SettingChange(toDefault ? Kind.RESET : kind, setting, text, statement);
        result.add(change);
        return pins(change);
    }

    private static boolean endsWithTransaction(String setting) {
        return switch (setting) {
            case "transaction_isolation", "transaction_read_only", "transaction_deferrable" -> true;
            default -> false;
        };
    }

    /** Where pg_temp is searched explicitly, a plain CREATE TABLE may make a temporary one. */
    static int pins(SettingChange change) {
        boolean temporary =
                change.name().equals("search_path")
                        && change.text().toLowerCase(Locale.ROOT).contains("pg_temp");
        return temporary ? PinReason.TEMP_OBJECT.bit() : 0;
    }

    private static void setDefault(Classified result, String setting, String value, int statement) {
        result.add(Effect.SETTING.bit());
        result.add(
                new SettingChange(
                        Kind.SET, setting, "SET %s TO '%s'".formatted(setting, value), statement));
    }
}
