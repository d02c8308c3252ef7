package io.sluice.pg.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.sluice.pg.session.Input.Found;
import io.sluice.testbed.FrontendBytes;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is told of a client's bytes ahead, and whose their buffers are. */
class InputTest {
    private static final int LIMIT = 16 * 1024;

    private final EmbeddedChannel client = new EmbeddedChannel();
    private final Input input = new Input();

    @AfterEach
    void close() {
        input.release();
        client.close();
    }

    private ByteBuf read(byte[] bytes) {
        ByteBuf read = client.alloc().buffer(bytes.length);
        read.writeBytes(bytes);
        return read;
    }

    private void add(byte[] bytes) {
        input.add(read(bytes), client);
    }

    private ByteBuf bytes() {
        return Objects.requireNonNull(input.bytes());
    }

    @Test
    void findsARequestWhenItsLastByteIsThereWhereverItWasSplit() {
        byte[] series =
                FrontendBytes.all(
                        FrontendBytes.parse("", "SELECT 1"),
                        FrontendBytes.bind("", ""),
                        FrontendBytes.sync());
        for (int step = 1; step < series.length; step++) {
            for (int at = 0; at < series.length; at += step) {
                int end = Math.min(series.length, at + step);
                add(Arrays.copyOfRange(series, at, end));
                input.keepSmall(client);
                assertThat(input.search(LIMIT))
                        .as("the first %d of %d bytes, in steps of %d", end, series.length, step)
                        .isEqualTo(end == series.length ? Found.REQUEST : Found.NEITHER);
            }
            assertThat(bytes().readableBytes()).isEqualTo(series.length);
            input.release();
        }
    }

    @Test
    void findsTheTerminateBehindWhatIsNoRequestYet() {
        add(FrontendBytes.parse("", "SELECT 1"));
        assertThat(input.search(LIMIT)).isEqualTo(Found.NEITHER);
        add(FrontendBytes.terminate());
        assertThat(input.search(LIMIT)).isEqualTo(Found.TERMINATE);
    }

    @Test
    void takesAnythingForARequestThatHasTheLengthOfTheLimit() {
        byte[] parse = FrontendBytes.parse("", "SELECT 1");
        add(parse);
        assertThat(input.search(parse.length + 1)).isEqualTo(Found.NEITHER);
        assertThat(input.search(parse.length)).isEqualTo(Found.REQUEST);
    }

    @Test
    void seesATerminateBehindTheRestOfAMessageThatWasBegunBefore() {
        byte[] query = FrontendBytes.query("SELECT 1");
        byte[] rest = Arrays.copyOfRange(query, 7, query.length);
        add(FrontendBytes.all(rest, FrontendBytes.sync(), FrontendBytes.terminate()));
        assertThat(input.endsInTerminate(rest.length)).isTrue();
        assertThat(input.endsInTerminate(rest.length + FrontendBytes.sync().length + 1L)).isFalse();
    }

    @Test
    void keepsASmallCopyOfWhatCameInALargeBuffer() {
        ByteBuf large = client.alloc().buffer(64 * 1024);
        large.writeBytes(FrontendBytes.query("SELECT 1"));
        input.add(large, client);
        input.keepSmall(client);
        assertThat(large.refCnt()).isZero();
        assertThat(bytes().capacity()).isLessThan(2048);
    }

    @Test
    void appendsToABufferOnlyWhileNobodyElseHasAPartOfIt() {
        byte[] query = FrontendBytes.query("SELECT 1");
        ByteBuf first = client.alloc().buffer(1024);
        first.writeBytes(query);
        input.add(first, client);
        add(query);
        assertThat(bytes()).isSameAs(first);
        first.skipBytes(query.length);
        ByteBuf slice = input.take(0);
        add(query);
        assertThat(bytes()).isNotSameAs(first);
        assertThat(bytes().readableBytes()).isEqualTo(2 * query.length);
        assertThat(slice.readableBytes()).isEqualTo(query.length);
        slice.release();
        assertThat(first.refCnt()).isZero();
    }

    @Test
    void givesAwayTheBufferItselfWhenAllOfItWasRead() {
        ByteBuf read = read(FrontendBytes.query("SELECT 1"));
        input.add(read, client);
        bytes().skipBytes(read.readableBytes());
        ByteBuf taken = input.take(5);
        assertThat(taken).isSameAs(read);
        assertThat(taken.readerIndex()).isEqualTo(5);
        assertThat(input.isEmpty()).isTrue();
        taken.release();
    }

    @Test
    void keepsNothingOfWhatWasReadToItsEnd() {
        ByteBuf read = read(FrontendBytes.sync());
        input.add(read, client);
        input.releaseIfRead();
        assertThat(read.refCnt()).isEqualTo(1);
        read.skipBytes(read.readableBytes());
        input.releaseIfRead();
        assertThat(input.isEmpty()).isTrue();
        assertThat(read.refCnt()).isZero();
    }
}
