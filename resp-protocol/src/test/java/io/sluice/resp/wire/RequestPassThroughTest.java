package io.sluice.resp.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

class RequestPassThroughTest {
    private static final RequestLimits LIMITS = RequestLimits.REDIS;

    /** Two arguments, a third that is long, more behind it; and another command. */
    private static final String LONG =
            "*5\r\n$4\r\nMSET\r\n$1\r\na\r\n$40\r\n"
                    + "v".repeat(40)
                    + "\r\n$12\r\nk\r\nkkkkkkkkk\r\n$0\r\n\r\n";

    private static final String NEXT = "*1\r\n$4\r\nPING\r\n";

    @Test
    void aLongCommandPassesUpToItsEndWhereverItIsCut() {
        byte[] bytes = Pieces.bytes(LONG + NEXT);
        for (int[] cuts : Pieces.cuts(bytes)) {
            for (int scanned = 0; scanned <= 2; scanned++) {
                assertThat(passed(bytes, scanned, cuts)).as("cut at %s", cuts).isEqualTo(LONG);
            }
        }
    }

    /** What passes, after the first so many pieces were scanned in the hope of a whole command. */
    private static String passed(byte[] bytes, int scanned, int... cuts) {
        RequestScanner scanner = new RequestScanner();
        ByteBuf passed = Unpooled.buffer();
        ByteBuf in = Unpooled.buffer(1);
        int piece = 0;
        for (byte[] more : Pieces.of(bytes, cuts)) {
            in = Pieces.joined(in, more);
            if (scanner.isWhole()) {
                continue;
            }
            if (piece++ < scanned) {
                if (scanner.scan(in, LIMITS)) {
                    in.readBytes(passed, scanner.consumed());
                }
                continue;
            }
            in.readBytes(passed, scanner.passThrough(in, LIMITS));
            assertThat(scanner.known()).isLessThanOrEqualTo(LONG.length() - passed.writerIndex());
        }
        assertThat(scanner.isWhole()).isTrue();
        assertThat(scanner.argumentsSeen()).isEqualTo(5);
        byte[] left = new byte[in.readableBytes()];
        in.readBytes(left).release();
        assertThat(Pieces.text(left)).isEqualTo(NEXT);
        byte[] all = new byte[passed.readableBytes()];
        passed.readBytes(all).release();
        return Pieces.text(all);
    }

    @Test
    void whatWasFoundBeforeIsStillToBeFoundUntilItIsTaken() {
        RequestScanner scanner = new RequestScanner();
        ByteBuf in = Unpooled.wrappedBuffer(Pieces.bytes(LONG.substring(0, 40)));
        assertThat(scanner.scan(in, LIMITS)).isFalse();
        assertThat(scanner.argumentsSeen()).isEqualTo(2);
        assertThat(scanner.offset(1)).isEqualTo(18);

        assertThat(scanner.passThrough(in, LIMITS)).isEqualTo(40);
        assertThat(scanner.known()).isEqualTo(26 + 40 + 2 - 40 + 2 * 6);
    }

    @Test
    void anArgumentThatEndsWronglyPassesNoFurther() {
        RequestScanner scanner = new RequestScanner();
        ByteBuf in = Unpooled.buffer().writeBytes(Pieces.bytes("*2\r\n$3\r\nGET\r\n$3\r\nabc\r"));
        assertThat(scanner.passThrough(in, LIMITS)).isEqualTo(20);
        in.skipBytes(20);
        assertThat(scanner.passThrough(in, LIMITS)).isZero();
        in.writeByte('x');

        assertThatThrownBy(() -> scanner.passThrough(in, LIMITS))
                .isInstanceOf(BrokenProtocol.class)
                .hasMessage("Protocol error: invalid CRLF in request");
    }

    @Test
    void nothingIsKeptOfTheArguments() {
        byte[] bytes = Pieces.bytes("*1000000\r\n" + "$1\r\na\r\n".repeat(200_000));
        ByteBuf in = Unpooled.wrappedBuffer(bytes);

        long allocated =
                Allocation.of(() -> {
                    in.readerIndex(0);
                    RequestScanner scanner = new RequestScanner();
                    in.skipBytes(scanner.passThrough(in, LIMITS));
                    assertThat(scanner.argumentsSeen()).isEqualTo(200_000);
                });

        assertThat(allocated).isLessThan(100_000);
    }

    @Test
    void anInlineCommandDoesNotPassInPieces() {
        RequestScanner scanner = new RequestScanner();
        ByteBuf in = Unpooled.wrappedBuffer(Pieces.bytes("SET k "));
        scanner.scan(in, LIMITS);

        assertThatThrownBy(() -> scanner.passThrough(in, LIMITS))
                .isInstanceOf(IllegalStateException.class);
    }
}
