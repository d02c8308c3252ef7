package io.sluice.pg.it;

import io.sluice.testbed.FrontendBytes;
import io.sluice.testbed.PgMessage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Messages to send together, and the answers that PostgreSQL would give to exactly these. */
final class Script {
    private final List<byte[]> messages = new ArrayList<>();
    private final List<Answer> answers = new ArrayList<>();

    /**
     * One message of an answer.
     *
     * @param value of a DataRow's first column, tag of a CommandComplete, SQLSTATE of an error,
     *     status of a ReadyForQuery; null: any
     */
    record Answer(char type, @Nullable String value) {
        boolean fits(PgMessage message) {
            return message.type() == type && (value == null || value.equals(valueOf(message)));
        }

        private static @Nullable String valueOf(PgMessage message) {
            return switch (message.type()) {
                case 'D' -> message.values().getFirst();
                case 'C' -> message.commandTag();
                case 'E' -> message.sqlState();
                case 'Z' -> String.valueOf(message.transactionStatus());
                case 'd' -> message.payloadText();
                case 'V' -> message.payloadText().substring(Integer.BYTES);
                default -> null;
            };
        }

        @Override
        public String toString() {
            return value == null ? String.valueOf(type) : type + "=" + value;
        }
    }

    Script send(byte[]... more) {
        messages.addAll(List.of(more));
        return this;
    }

    Script expect(char type) {
        answers.add(new Answer(type, null));
        return this;
    }

    Script expect(char type, String value) {
        answers.add(new Answer(type, value));
        return this;
    }

    /** Messages of these types, whatever is in them. */
    Script expectAll(String types) {
        types.chars().forEach(type -> expect((char) type));
        return this;
    }

    Script ready(char status) {
        return expect('Z', String.valueOf(status));
    }

    /** What another one asks for and expects, after all of this. */
    Script append(Script more) {
        messages.addAll(more.messages);
        answers.addAll(more.answers);
        return this;
    }

    byte[] bytes() {
        return FrontendBytes.all(messages.toArray(byte[][]::new));
    }

    List<Answer> answers() {
        return answers;
    }
}
