package io.sluice.testbed;

import io.github.nettyplus.leakdetector.junit.NettyLeakDetectorExtension;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class that loses a buffer which nobody released. JUnit finds it by itself, for every
 * class. The core, on which the testbed rests, has a copy.
 *
 * <p>Not after each test: a collection of garbage for each would take longer than the tests.
 */
public final class LeakCheck extends NettyLeakDetectorExtension {
    private static final long LONGEST_MILLIS = 5_000;

    /** For JUnit. */
    public LeakCheck() {
        super(false, false, false, true);
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        collect();
        // Netty tells of lost buffers when it hands out the next.
        UnpooledByteBufAllocator.DEFAULT.directBuffer(1).release();
        try {
            super.afterAll(context);
        } finally {
            reset(); // told once, not for every class after it
        }
    }

    /** Returns when what nobody refers to has been found. */
    private static void collect() throws InterruptedException {
        var collected = new ReferenceQueue<Object>();
        var sentinel = new WeakReference<>(new Object(), collected);
        try {
            System.gc();
            if (collected.remove(LONGEST_MILLIS) == null) {
                throw new IllegalStateException("no garbage collection in 5 s");
            }
        } finally {
            Reference.reachabilityFence(sentinel);
        }
    }
}
