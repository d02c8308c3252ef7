package io.sluice.resp.command;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** A command out of words, one byte a char, laid out in its buffer as a client sends it. */
record Words(ByteBuf buffer, int[] starts, int[] lengths) implements Arguments {

    static Words of(String... words) {
        return of(List.of(words));
    }

    static Words of(List<String> words) {
        ByteBuf buffer = Unpooled.buffer();
        int[] starts = new int[words.size()];
        int[] lengths = new int[words.size()];
        write(buffer, "*" + words.size() + "\r\n");
        for (int i = 0; i < words.size(); i++) {
            lengths[i] = words.get(i).length();
            write(buffer, "$" + lengths[i] + "\r\n");
            starts[i] = buffer.writerIndex();
            write(buffer, words.get(i) + "\r\n");
        }
        return new Words(buffer, starts, lengths);
    }

    private static void write(ByteBuf buffer, String text) {
        buffer.writeCharSequence(text, StandardCharsets.ISO_8859_1);
    }

    @Override
    public int count() {
        return starts.length;
    }

    @Override
    public int start(int argument) {
        return starts[argument];
    }

    @Override
    public int length(int argument) {
        return lengths[argument];
    }

    /** What a table has for it. */
    CommandSpec in(CommandTable table) {
        return Objects.requireNonNull(table.find(this), () -> "no command " + word(0));
    }

    String word(int argument) {
        return buffer.toString(start(argument), length(argument), StandardCharsets.ISO_8859_1);
    }
}
