package io.sluice.pg.sql;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The cases of {@code corpus.txt}: a text, then what it is, in the words of {@link #describe}. */
final class SqlCorpus {
    private static final String OFF = "[off] ";

    /** One text; {@code standardStrings} is the value of standard_conforming_strings. */
    record Case(String sql, boolean standardStrings, String expected) {
        byte[] bytes() {
            return sql.getBytes(UTF_8);
        }

        @Override
        public String toString() {
            return sql;
        }
    }

    private SqlCorpus() {}

    static List<Case> all() {
        try (InputStream file = SqlCorpus.class.getResourceAsStream("corpus.txt")) {
            byte[] bytes = Objects.requireNonNull(file, "corpus.txt").readAllBytes();
            return read(new String(bytes, UTF_8).lines().toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Case> read(List<String> lines) {
        List<Case> cases = new ArrayList<>();
        String sql = "";
        for (String line : lines) {
            if (line.startsWith("=> ")) {
                boolean off = sql.startsWith(OFF);
                String text = sql.substring(off ? OFF.length() : 0).replace('␤', '\n');
                cases.add(new Case(text, !off, line.substring(3)));
            } else {
                sql = line;
            }
        }
        return cases;
    }

    /**
     * One line: each statement as {@code command/kind} with its text's length, then class, effects,
     * pins and settings.
     */
    static String describe(Classified what) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < Math.min(what.statementCount(), Classified.LISTED_STATEMENTS); i++) {
            line.append(i == 0 ? "" : "; ");
            line.append(what.command(i).word()).append('/').append(what.kind(i));
            line.append(' ').append(what.start(i)).append('-').append(what.end(i));
        }
        line.append(line.isEmpty() ? "nothing" : "").append(" | ").append(what.operationClass());
        for (Effect effect : Effect.values()) {
            line.append(what.has(effect) ? " +" + effect : "");
        }
        for (PinReason reason : PinReason.values()) {
            line.append(what.pins(reason) ? " !" + reason.word() : "");
        }
        for (SettingChange change : what.settings()) {
            line.append(" | ").append(change.kind()).append(' ').append(change.name());
            line.append(" <").append(change.text().replace('\n', '␤')).append("> @");
            line.append(change.statement());
        }
        return line.toString();
    }
}
