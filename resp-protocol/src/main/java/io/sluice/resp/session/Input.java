package io.sluice.resp.session;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.sluice.resp.wire.BrokenProtocol;
import io.sluice.resp.wire.RequestScanner;
import org.jspecify.annotations.Nullable;

/**
 * What a client has sent and is not dealt with yet. Commands are taken off its front as long as the
 * session takes them; one that has to wait stays at the front.
 *
 * <p><b>Threads:</b> confined to the session's loop.
 */
final class Input {
    private final RespSession session;
    private @Nullable ByteBuf bytes;

    /** Kept while a command is there in part; else each look borrows its loop's. */
    private @Nullable RequestScanner scanner;

    private boolean pumping;

    /** What the command at the front has waited for has come while that was looked at. */
    private boolean again;

    Input(RespSession session) {
        this.session = session;
    }

    int size() {
        ByteBuf present = bytes;
        return present == null ? 0 : present.readableBytes();
    }

    boolean isEmpty() {
        return bytes == null;
    }

    /** Takes {@code read}, which becomes its own, behind what is there. */
    void add(ByteBuf read) {
        ByteBuf present = bytes;
        bytes =
                present == null
                        ? read
                        : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(
                                session.channel().alloc(), present, read);
    }

    /** Whether it is being pumped; then whoever does it goes on himself. */
    boolean isBeingPumped() {
        again |= pumping;
        return pumping;
    }

    /** Deals with as many commands as can be. */
    void pump() {
        pumping = true;
        try {
            while (bytes != null && session.takesCommands()) {
                again = false;
                if (step()) {
                    dropIfRead();
                } else if (!again) {
                    break; // else what it wanted was there at once
                }
            }
        } catch (BrokenProtocol e) {
            session.ending().onBrokenProtocol(e);
        } finally {
            pumping = false;
        }
        settle();
    }

    private boolean step() {
        ByteBuf in = bytes();
        if (session.transfer().isUnderWay()) {
            return session.transfer().goOn(in);
        }
        RequestScanner present = scanner();
        boolean whole = present.scan(in, session.requestLimits());
        if (present.known() > RespConnection.WHOLE_BYTES && present.argumentsSeen() > 0) {
            Request begun = session.home().request().set(in, present);
            if (!session.commands().dispatchLong(begun, whole)) {
                return false;
            }
        } else if (!whole
                || !session.commands().dispatch(session.home().request().set(in, present))) {
            return false;
        }
        if (bytes != null && scanner != null && present.isWhole()) { // it may all be over
            in.skipBytes(present.consumed() + session.commands().takeFurther());
            present.reset();
        }
        return true;
    }

    private ByteBuf bytes() {
        ByteBuf present = bytes;
        if (present == null) {
            throw new IllegalStateException("no input");
        }
        return present;
    }

    RequestScanner scanner() {
        RequestScanner present = scanner;
        if (present == null) {
            present = session.home().borrowScanner();
            scanner = present;
        }
        return present;
    }

    private void dropIfRead() {
        ByteBuf present = bytes;
        if (present != null && !present.isReadable()) {
            present.release();
            bytes = null;
        }
    }

    /** What is left for later takes no more memory than it needs. */
    private void settle() {
        dropIfRead();
        ByteBuf present = bytes;
        RequestScanner used = scanner;
        if (used != null && present == null && !used.isBegun()) {
            scanner = null;
            session.home().giveBack(used);
        }
        if (present != null
                && present.capacity() > 1024
                && present.readableBytes() < present.capacity() / 4) {
            ByteBuf small = present.alloc().directBuffer(Math.max(256, present.readableBytes()));
            bytes = small.writeBytes(present);
            present.release();
        }
    }

    /** The rest is nobody's business any more. */
    void release() {
        ByteBuf present = bytes;
        if (present != null) {
            bytes = null;
            present.release();
        }
        scanner = null;
    }
}
