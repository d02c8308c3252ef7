package io.sluice.session;

import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;

/**
 * What a client is told before its connection is closed, in the bytes of its protocol.
 *
 * @param summary the same in one line, for the log
 * @param writer writes it into a buffer, which it borrows; called at most once
 */
public record LastWords(String summary, Consumer<ByteBuf> writer) {}
