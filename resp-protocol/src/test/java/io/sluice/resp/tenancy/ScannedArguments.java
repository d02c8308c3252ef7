package io.sluice.resp.tenancy;

import io.netty.buffer.ByteBuf;
import io.sluice.resp.command.Arguments;
import io.sluice.resp.wire.RequestLimits;
import io.sluice.resp.wire.RequestScanner;

/** The arguments of the command at the reader index of a buffer. */
record ScannedArguments(ByteBuf buffer, RequestScanner scanner) implements Arguments {

    ScannedArguments(ByteBuf buffer) {
        this(buffer, new RequestScanner());
        if (!scanner.scan(buffer, RequestLimits.REDIS)) {
            throw new IllegalArgumentException("no whole command");
        }
    }

    int size() {
        return scanner.size();
    }

    @Override
    public int count() {
        return scanner.argumentsSeen();
    }

    @Override
    public int start(int argument) {
        return buffer.readerIndex() + scanner.offset(argument);
    }

    @Override
    public int length(int argument) {
        return scanner.length(argument);
    }
}
