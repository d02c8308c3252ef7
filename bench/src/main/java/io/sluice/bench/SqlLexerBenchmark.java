package io.sluice.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.sluice.pg.sql.Classified;
import io.sluice.pg.sql.SqlClassifier;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What it costs to classify a query string. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
@State(Scope.Thread)
public class SqlLexerBenchmark {

    /** Which text: see {@link #text}. */
    @Param({"pgbench", "begin", "orm", "insert", "set"})
    public String kind = "pgbench";

    private final SqlClassifier classifier = new SqlClassifier();
    private ByteBuf buffer = Unpooled.EMPTY_BUFFER;

    /** Puts the text where a read would have put it. */
    @Setup(Level.Trial)
    public void fill() {
        byte[] bytes = (text(kind) + "\0").getBytes(StandardCharsets.UTF_8);
        buffer = Unpooled.directBuffer(bytes.length).writeBytes(bytes);
    }

    /** Frees the text. */
    @TearDown(Level.Trial)
    public void release() {
        buffer.release();
    }

    private static String text(String kind) {
        return switch (kind) {
            case "pgbench" -> "SELECT abalance FROM pgbench_accounts WHERE aid = 1234567;";
            case "begin" -> "BEGIN";
            case "orm" ->
                    """
                    SELECT "u"."id", "u"."name", "u"."created_at", count("o"."id") AS "orders" \
                    FROM "users" AS "u" LEFT JOIN "orders" AS "o" ON "o"."user_id" = "u"."id" \
                    WHERE "u"."tenant" = 'acme' AND "u"."state" IN ('active', 'trial') \
                    GROUP BY "u"."id" ORDER BY "u"."created_at" DESC LIMIT 50 OFFSET 100\
                    """;
            case "insert" ->
                    "INSERT INTO events (id, kind, body) VALUES "
                            + "(1234567, 'click', 'It''s a body of some length, with words'),"
                                    .repeat(20)
                            + "(1, 'end', '')";
            case "set" -> "SET search_path TO app, public";
            default -> throw new IllegalArgumentException(kind);
        };
    }

    /** Classifies the whole text. */
    @Benchmark
    public Classified classify() {
        classifier.reset(true);
        classifier.feed(buffer, 0, buffer.writerIndex());
        return classifier.finish();
    }
}
