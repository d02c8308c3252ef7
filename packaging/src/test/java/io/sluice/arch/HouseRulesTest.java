package io.sluice.arch;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;

/** Who may know whom, and what must never run on an event loop. */
@AnalyzeClasses(packages = "io.sluice", importOptions = ImportOption.DoNotIncludeTests.class)
class HouseRulesTest {

    private static final String[] PROTOCOLS = {
        "io.sluice.pg..", "io.sluice.resp..", "io.sluice.mongo.."
    };

    /** What runs on event loops. */
    private static final String[] DATA_PLANE = {
        "io.sluice.net..",
        "io.sluice.session..",
        "io.sluice.pool..",
        "io.sluice.fanout..",
        "io.sluice.guard..",
        "io.sluice.metrics..",
        "io.sluice.tenant..",
        "io.sluice.pg..",
        "io.sluice.resp..",
        "io.sluice.mongo.."
    };

    /**
     * What the main thread starts and stops, waiting for the loops (a loop that did so would fail),
     * and what has a thread of its own.
     */
    private static final String OFF_THE_LOOPS =
            "io\\.sluice\\.(net\\.(Listener|Loops)|tenant\\.credential\\.KeyDerivation)(\\$.*)?";

    private static final String FILES =
            "java\\.io\\.(File|RandomAccessFile|File(Reader|Writer|InputStream|OutputStream))"
                    + "|java\\.nio\\.file\\.Files|java\\.nio\\.channels\\.FileChannel";

    /** Five characters of which one is a digit, alone between quotes. */
    private static final Pattern SQLSTATE = Pattern.compile("\"(?=[A-Z]*[0-9])[0-9A-Z]{5}\"");

    /** Says what Sluice is, as a whole. */
    private static final Path ABOUT_THE_WHOLE = Path.of("io/sluice/package-info.java");

    private static final Pattern WORDS_OF_POSTGRES =
            Pattern.compile(
                    "ReadyForQuery|ParameterStatus|(?i:search_path|client_encoding|datestyle"
                            + "|standard_conforming)|\\bDISCARD\\b|DEALLOCATE|\\bpg_[a-z]+");

    private static final Pattern WORDS_OF_REDIS =
            Pattern.compile(
                    "(?i:\\bredis)|\\bRESP[23]?\\b|\\bBLPOP\\b|\\bHELLO\\b"
                            + "|\\bMULTI\\b|\\bWRONGTYPE\\b|\\bEXECABORT\\b");

    private static final DescribedPredicate<JavaClass> CORE =
            describe(
                    "the core",
                    type ->
                            type.getPackageName().startsWith("io.sluice")
                                    && !resideInAnyPackage(PROTOCOLS).test(type)
                                    && !resideInAnyPackage("io.sluice.testbed..").test(type));

    private static final DescribedPredicate<JavaMethodCall> BLOCKING =
            describe(
                    "a call that may block",
                    call ->
                            calls(call, Thread.class, "sleep|join")
                                    || calls(call, Object.class, "wait")
                                    || calls(call, CompletableFuture.class, "get|join")
                                    || calls(call, Future.class, "get")
                                    || calls(
                                            call,
                                            io.netty.util.concurrent.Future.class,
                                            "get|(await|sync)(Uninterruptibly)?")
                                    || calls(call, CountDownLatch.class, "await")
                                    || calls(call, Semaphore.class, "acquire.*")
                                    || calls(call, BlockingQueue.class, "take|put")
                                    || calls(
                                            call,
                                            ExecutorService.class,
                                            "awaitTermination|invoke.*|close")
                                    || calls(call, Lock.class, "lock(Interruptibly)?")
                                    || calls(call, Condition.class, "await.*")
                                    || calls(call, Process.class, "waitFor"));

    @ArchTest
    static final ArchRule theCoreKnowsNoProtocol =
            noClasses()
                    .that(CORE)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(PROTOCOLS)
                    .because("what is the same for all protocols is written once");

    @ArchTest
    static final ArchRule protocolsKnowOfTheCoreNeitherItsProcessNorItsHttp =
            noClasses()
                    .that()
                    .resideInAnyPackage(PROTOCOLS)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("io.sluice.app..", "io.sluice.http..")
                    .because("a protocol is given what it needs, by io.sluice.spi");

    /** Words of a protocol are no dependency, so they are looked for in the text. */
    @ArchTest
    static void theCoreHasNoWordsOfAProtocol(JavaClasses classes) throws IOException {
        Path sources = Path.of("").toAbsolutePath().resolveSibling("proxy-core/src/main/java");
        try (Stream<Path> files = Files.walk(sources)) {
            List<Path> all = files.filter(file -> file.toString().endsWith(".java")).toList();
            assertThat(all).isNotEmpty();
            for (Path file : all) {
                assertThat(Files.readString(file))
                        .as("%s", file)
                        .doesNotContainPattern(SQLSTATE)
                        .doesNotContainPattern(WORDS_OF_POSTGRES);
                if (!file.endsWith(ABOUT_THE_WHOLE)) {
                    assertThat(Files.readString(file))
                            .as("%s", file)
                            .doesNotContainPattern(WORDS_OF_REDIS);
                }
            }
        }
    }

    @ArchTest
    static final ArchRule nothingThatShipsKnowsTheTestbed =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("io.sluice.testbed..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("io.sluice.testbed..");

    @ArchTest static final ArchRule postgresKnowsNoOtherProtocol = protocolsApart("io.sluice.pg..");

    @ArchTest static final ArchRule redisKnowsNoOtherProtocol = protocolsApart("io.sluice.resp..");

    @ArchTest static final ArchRule mongoKnowsNoOtherProtocol = protocolsApart("io.sluice.mongo..");

    @ArchTest
    static final ArchRule theDataPlaneUsesNeitherDatabasesNorFiles =
            noClasses()
                    .that()
                    .resideInAnyPackage(DATA_PLANE)
                    .and()
                    .haveNameNotMatching(OFF_THE_LOOPS)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("java.sql..", "javax.sql..", "org.postgresql..")
                    .orShould()
                    .dependOnClassesThat()
                    .haveNameMatching(FILES)
                    .allowEmptyShould(true)
                    .because("an event loop serves thousands of clients and must never wait");

    @ArchTest
    static final ArchRule theDataPlaneNeverBlocks =
            noClasses()
                    .that()
                    .resideInAnyPackage(DATA_PLANE)
                    .and()
                    .haveNameNotMatching(OFF_THE_LOOPS)
                    .should()
                    .callMethodWhere(BLOCKING)
                    .allowEmptyShould(true)
                    .because("an event loop serves thousands of clients and must never wait");

    @ArchTest
    static final ArchRule onlyTheDialerResolvesNamesOnItsOwnThreads =
            noClasses()
                    .that()
                    .resideInAnyPackage(DATA_PLANE)
                    .and()
                    .haveNameNotMatching("io\\.sluice\\.net\\.Dialer(\\$.*)?")
                    .should()
                    .callMethodWhere(
                            describe(
                                    "a call that may ask a name server",
                                    call ->
                                            calls(
                                                    call,
                                                    InetAddress.class,
                                                    "get(AllByName|ByName|LocalHost|CanonicalHostName|HostName)")))
                    .because("an event loop serves thousands of clients and must never wait");

    @ArchTest
    static final ArchRule everyPackageIsNullMarked =
            classes()
                    .should(
                            new ArchCondition<>("be in a package that is @NullMarked") {
                                @Override
                                public void check(JavaClass type, ConditionEvents events) {
                                    if (!type.getPackage().isAnnotatedWith(NullMarked.class)) {
                                        events.add(
                                                SimpleConditionEvent.violated(
                                                        type,
                                                        type.getPackageName()
                                                                + " is not @NullMarked"));
                                    }
                                }
                            });

    private static ArchRule protocolsApart(String own) {
        return noClasses()
                .that()
                .resideInAPackage(own)
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage(PROTOCOLS)
                                .and(DescribedPredicate.not(resideInAnyPackage(own))))
                .allowEmptyShould(true)
                .because("what two protocols share belongs into the core");
    }

    private static boolean calls(JavaMethodCall call, Class<?> type, String method) {
        return target(owner(assignableTo(type))).test(call)
                && target(nameMatching(method)).test(call);
    }
}
