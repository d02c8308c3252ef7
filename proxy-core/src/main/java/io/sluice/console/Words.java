package io.sluice.console;

import io.sluice.console.Statement.Word;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Cuts a command into words, as SQL does: comments, quoted names, string literals. */
final class Words {
    private final String text;
    private int at;

    private Words(String text) {
        this.text = text;
    }

    /** Adds the words of {@code text} to {@code words}; returns what is wrong with it, or null. */
    static @Nullable String split(String text, List<Word> words) {
        Words cutter = new Words(text);
        while (true) {
            if (!cutter.skipBlanks()) {
                return "a comment is not closed";
            }
            if (cutter.at == text.length()) {
                return null;
            }
            Word word = cutter.next();
            if (word == null) {
                return "a quote is not closed";
            }
            words.add(word);
        }
    }

    private @Nullable Word next() {
        char c = text.charAt(at);
        if (c == '"' || c == '\'') {
            String content = quoted(c);
            return content == null ? null : new Word(Word.Kind.QUOTED, content);
        }
        if (!isBare(c)) {
            at++;
            return new Word(Word.Kind.SYMBOL, String.valueOf(c));
        }
        int start = at;
        while (at < text.length() && isBare(text.charAt(at)) && !startsComment()) {
            at++;
        }
        return new Word(Word.Kind.BARE, text.substring(start, at));
    }

    /** Everything that names of databases, tenants and numbers consist of. */
    private static boolean isBare(char c) {
        return Character.isLetterOrDigit(c) || "_-./@+$:".indexOf(c) >= 0;
    }

    private boolean startsComment() {
        return text.startsWith("--", at) || text.startsWith("/*", at);
    }

    /** Reads a quoted piece; the quote doubled stands for itself. Null if it does not end. */
    private @Nullable String quoted(char quote) {
        StringBuilder content = new StringBuilder();
        for (at++; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c != quote) {
                content.append(c);
            } else if (at + 1 < text.length() && text.charAt(at + 1) == quote) {
                content.append(quote);
                at++;
            } else {
                at++;
                return content.toString();
            }
        }
        return null;
    }

    /** Skips blanks and comments; false if a comment does not end. */
    private boolean skipBlanks() {
        while (at < text.length()) {
            if (Character.isWhitespace(text.charAt(at))) {
                at++;
            } else if (text.startsWith("--", at)) {
                int end = text.indexOf('\n', at);
                at = end < 0 ? text.length() : end + 1;
            } else if (text.startsWith("/*", at)) {
                if (!skipBlockComment()) {
                    return false;
                }
            } else {
                break;
            }
        }
        return true;
    }

    private boolean skipBlockComment() {
        int depth = 0;
        while (at < text.length()) {
            if (text.startsWith("/*", at)) {
                depth++;
                at += 2;
            } else if (text.startsWith("*/", at)) {
                depth--;
                at += 2;
                if (depth == 0) {
                    return true;
                }
            } else {
                at++;
            }
        }
        return false;
    }
}
