package io.sluice.testbed;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Other people's programs, where the machine has them: clients that tests and the demo are tried
 * with.
 *
 * @param env the environment that says where: {@code PATH}, and what is to be looked at first,
 *     {@code SLUICE_TEST_PYTHON} (an interpreter), {@code SLUICE_TEST_NODE_MODULES} and {@code
 *     SLUICE_TEST_GO_MODULE} (folders)
 */
public record InstalledPrograms(Map<String, String> env) {
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    public InstalledPrograms {
        env = Map.copyOf(env);
    }

    /** Those of this process's environment. */
    public static InstalledPrograms here() {
        return new InstalledPrograms(System.getenv());
    }

    /**
     * How a process has ended.
     *
     * @param output what it wrote to its standard output
     * @param errors what it wrote to its standard error
     */
    public record Ended(int code, String output, String errors) {}

    /** A program on the PATH. */
    public Optional<Path> find(String program) {
        String path = env.getOrDefault("PATH", "");
        return Stream.of(path.split(File.pathSeparator, -1))
                .map(folder -> Path.of(folder, program))
                .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
                .findFirst();
    }

    /** A Python that can import {@code module}. */
    public Optional<Path> python(String module) throws IOException, InterruptedException {
        List<Path> interpreters =
                Stream.of(told("SLUICE_TEST_PYTHON"), find("python3"))
                        .flatMap(Optional::stream)
                        .toList();
        for (Path interpreter : interpreters) {
            if (run(interpreter.toString(), "-c", "import " + module).code() == 0) {
                return Optional.of(interpreter);
            }
        }
        return Optional.empty();
    }

    /** A folder of Node's modules in which {@code module} is. */
    public Optional<Path> nodeModules(String module) throws IOException, InterruptedException {
        Optional<Path> told = told("SLUICE_TEST_NODE_MODULES").filter(in -> has(in, module));
        Optional<Path> npm = find("npm");
        if (told.isPresent() || npm.isEmpty()) {
            return told;
        }
        Ended root = run(npm.get().toString(), "root", "-g");
        return root.code() == 0
                ? Optional.of(Path.of(root.output().strip())).filter(in -> has(in, module))
                : Optional.empty();
    }

    /** The folder of a Go module that requires the module of that path. */
    public Optional<Path> goModule(String required) throws IOException {
        Optional<Path> told = told("SLUICE_TEST_GO_MODULE");
        if (told.isEmpty()) {
            return told;
        }
        List<String> words =
                Files.readAllLines(told.get().resolve("go.mod")).stream()
                        .flatMap(line -> Stream.of(line.strip().split(" ", -1)))
                        .toList();
        return told.filter(_ -> words.contains(required));
    }

    private Optional<Path> told(String variable) {
        return Optional.ofNullable(env.get(variable)).map(Path::of);
    }

    private static boolean has(Path modules, String module) {
        return Files.isDirectory(modules.resolve(module));
    }

    /**
     * Runs a program to its end, in {@link #env} and without input. Blocks.
     *
     * @throws IllegalStateException if it has not ended after two minutes; it is killed then
     */
    public Ended run(String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("sluice-program", ".out");
        Path errors = Files.createTempFile("sluice-program", ".err");
        try {
            var builder =
                    new ProcessBuilder(command)
                            .redirectInput(new File("/dev/null"))
                            .redirectOutput(output.toFile())
                            .redirectError(errors.toFile());
            builder.environment().clear();
            builder.environment().putAll(env);
            Process process = builder.start();
            boolean ended = process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (!ended) {
                process.destroyForcibly().waitFor();
            }
            String said = Files.readString(errors, StandardCharsets.UTF_8);
            if (!ended) {
                throw new IllegalStateException(
                        "%s has not ended in %d s; it said %s"
                                .formatted(List.of(command), PATIENCE.toSeconds(), said));
            }
            String printed = Files.readString(output, StandardCharsets.UTF_8);
            return new Ended(process.exitValue(), printed, said);
        } finally {
            Files.delete(output);
            Files.delete(errors);
        }
    }
}
