package io.sluice.resp.wire;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** What something allocates on the heap. */
final class Allocation {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Allocation() {}

    /** Bytes that {@code work} allocates, the second time, when its classes are loaded. */
    static long of(Runnable work) {
        work.run();
        long before = THREADS.getCurrentThreadAllocatedBytes();
        work.run();
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }
}
