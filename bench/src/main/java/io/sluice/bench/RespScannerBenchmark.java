package io.sluice.bench;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.resp.wire.ReplyScanner;
import io.sluice.resp.wire.RequestLimits;
import io.sluice.resp.wire.RequestScanner;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to find where one command, or one reply, of a pipeline ends. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class RespScannerBenchmark {
    private static final int PIPELINE = 16;

    /** A client's pipeline, as a read leaves it. */
    @State(Scope.Thread)
    public static class Requests {
        @Param({"ping", "get", "set", "set-1k", "mget-20"})
        public String command = "get";

        private final RequestScanner scanner = new RequestScanner();
        private ByteBuf in = Unpooled.EMPTY_BUFFER;

        @Setup(Level.Trial)
        public void fill() {
            in = read(array(command).repeat(PIPELINE));
        }

        @TearDown(Level.Trial)
        public void release() {
            in.release();
        }

        private static String array(String command) {
            return switch (command) {
                case "ping" -> "*1\r\n$4\r\nPING\r\n";
                case "get" -> "*2\r\n$3\r\nGET\r\n" + bulk(16);
                case "set" -> "*3\r\n$3\r\nSET\r\n" + bulk(16) + bulk(64);
                case "set-1k" -> "*3\r\n$3\r\nSET\r\n" + bulk(16) + bulk(1024);
                case "mget-20" -> "*21\r\n$4\r\nMGET\r\n" + bulk(16).repeat(20);
                default -> throw new IllegalArgumentException(command);
            };
        }
    }

    /** A server's replies, as a read leaves them. */
    @State(Scope.Thread)
    public static class Replies {
        @Param({"ok", "integer", "nil", "bulk-3", "bulk-64", "bulk-1k", "list-100", "error"})
        public String reply = "ok";

        private final ReplyScanner scanner = new ReplyScanner();
        private ByteBuf in = Unpooled.EMPTY_BUFFER;

        @Setup(Level.Trial)
        public void fill() {
            in = read(bytes(reply).repeat(PIPELINE));
        }

        @TearDown(Level.Trial)
        public void release() {
            in.release();
        }

        private static String bytes(String reply) {
            return switch (reply) {
                case "ok" -> "+OK\r\n";
                case "integer" -> ":1234567\r\n";
                case "nil" -> "$-1\r\n";
                case "bulk-3" -> bulk(3);
                case "bulk-64" -> bulk(64);
                case "bulk-1k" -> bulk(1024);
                case "list-100" -> "*100\r\n" + bulk(16).repeat(100);
                case "error" ->
                        "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n";
                default -> throw new IllegalArgumentException(reply);
            };
        }
    }

    private static String bulk(int length) {
        return "$" + length + "\r\n" + "v".repeat(length) + "\r\n";
    }

    private static ByteBuf read(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
        return new AdaptiveByteBufAllocator(true).directBuffer(64 * 1024).writeBytes(bytes);
    }

    /** Finds the commands one by one. */
    @Benchmark
    @OperationsPerInvocation(PIPELINE)
    public int request(Requests state) {
        ByteBuf in = state.in.readerIndex(0);
        RequestScanner scanner = state.scanner;
        int arguments = 0;
        while (scanner.scan(in, RequestLimits.REDIS)) {
            arguments += scanner.arguments();
            in.skipBytes(scanner.consumed());
            scanner.reset();
        }
        return arguments;
    }

    /** Finds the replies one by one. */
    @Benchmark
    @OperationsPerInvocation(PIPELINE)
    public int reply(Replies state) {
        ByteBuf in = state.in;
        ReplyScanner scanner = state.scanner;
        int to = in.writerIndex();
        int replies = 0;
        for (int at = scanner.scan(in, 0, to); at >= 0; at = scanner.scan(in, at, to)) {
            replies++;
        }
        return replies;
    }
}
