package io.sluice.console;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A console command taken apart: {@code VERB [WORD] [argument] [;]}, {@code SET key = value},
 * {@code SET key TO value}. Verbs and keys are upper case here; arguments stay as they were
 * written.
 */
public sealed interface Statement {

    /** Nothing but blanks, comments and semicolons. */
    record Empty() implements Statement {}

    /** {@code SHOW topic}; {@code SELECT topic} means the same. */
    record Show(String topic) implements Statement {}

    /** {@code SET key = value}; {@code SET SESSION …} and {@code SET LOCAL …}, too. */
    record Assignment(String key, String value) implements Statement {}

    /** Any other command. */
    record Order(String verb, @Nullable String argument) implements Statement {}

    /** No command; {@code message} is for whoever typed it. */
    record Wrong(String message) implements Statement {}

    /** Longest command that is looked at. */
    int MAX_LENGTH = 4096;

    /** Takes {@code text} apart; what cannot be a command comes back as {@link Wrong}. */
    static Statement parse(String text) {
        if (text.length() > MAX_LENGTH) {
            return new Wrong("the command is longer than " + MAX_LENGTH + " characters");
        }
        List<Word> words = new ArrayList<>();
        String mistake = Words.split(text, words);
        if (mistake != null) {
            return new Wrong(mistake);
        }
        while (!words.isEmpty() && words.getLast().isSymbol(";")) {
            words.removeLast();
        }
        if (words.isEmpty()) {
            return new Empty();
        }
        Word first = words.getFirst();
        if (first.kind() != Word.Kind.BARE) {
            return new Wrong("a command begins with a word, see SHOW HELP");
        }
        String verb = first.upper();
        return switch (verb) {
            case "SHOW", "SELECT" -> show(verb, words);
            case "SET" -> assignment(words);
            default -> order(verb, words);
        };
    }

    private static Statement show(String verb, List<Word> words) {
        if (words.size() == 1) {
            return verb.equals("SHOW") ? new Show("HELP") : new Wrong("SELECT needs a topic");
        }
        if (words.size() == 2 && !words.get(1).isSymbol()) {
            return new Show(words.get(1).upper());
        }
        if (words.stream().allMatch(word -> word.kind() == Word.Kind.BARE)) {
            return new Show(String.join(" ", words.stream().skip(1).map(Word::upper).toList()));
        }
        return new Wrong(verb + " takes one topic, see SHOW HELP");
    }

    private static Statement assignment(List<Word> words) {
        int at = 1;
        if (words.size() > 2 && !words.get(2).isSymbol()) {
            String scope = words.get(1).upper();
            if (scope.equals("SESSION") && words.get(2).upper().equals("CHARACTERISTICS")) {
                return new Assignment("SESSION CHARACTERISTICS", "");
            }
            if (scope.equals("SESSION") || scope.equals("LOCAL")) {
                at = 2;
            }
        }
        if (words.size() > at + 2 && !words.get(at).isSymbol()) {
            Word between = words.get(at + 1);
            if (between.isSymbol("=") || (!between.isSymbol() && between.upper().equals("TO"))) {
                List<String> values = words.stream().skip(at + 2L).map(Word::text).toList();
                return new Assignment(words.get(at).upper(), String.join(" ", values));
            }
            if (words.get(at).upper().equals("TIME") && between.upper().equals("ZONE")) {
                return new Assignment("TIMEZONE", words.get(at + 2).text());
            }
        }
        return new Wrong("SET is written SET key = value, or SET key TO value");
    }

    private static Statement order(String verb, List<Word> words) {
        if (words.stream().anyMatch(Word::isSymbol)) {
            return new Wrong(verb + " takes one argument at most, see SHOW HELP");
        }
        return switch (words.size()) {
            case 1 -> new Order(verb, null);
            case 2 -> new Order(verb, words.get(1).text());
            default ->
                    new Order(
                            verb,
                            String.join(" ", words.stream().skip(1).map(Word::text).toList()));
        };
    }

    /** A piece of a command. */
    record Word(Kind kind, String text) {
        enum Kind {
            BARE,
            QUOTED,
            SYMBOL
        }

        boolean isSymbol() {
            return kind == Kind.SYMBOL;
        }

        boolean isSymbol(String symbol) {
            return isSymbol() && text.equals(symbol);
        }

        String upper() {
            return text.toUpperCase(Locale.ROOT);
        }
    }
}
