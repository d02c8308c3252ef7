package io.sluice.config;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.sluice.spi.ProtocolBinder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A folder with configuration files of a test; the main one is {@code sluice.conf}. */
record ConfigFolder(Path folder, Map<String, String> env) {
    static final Map<String, ProtocolBinder> PROTOCOLS = Map.of("fake", new FakeProtocol());

    /** A backend and a tenant that are right, to be varied by what follows them. */
    static final String ONE_TENANT =
            """
            sluice.listen.fake = 6400
            sluice.backends.main { protocol = fake, hosts = ["10.0.0.5:5432"] }
            sluice.tenants.acme.fake {
              backend = main
              databases.shop { dbname = acme_shop }
              users.app { verify = open-sesame, server { user = acme_app, secret = s3cret } }
            }
            """;

    ConfigFolder(Path folder) {
        this(folder, Map.of());
    }

    Path write(String name, String text) {
        try {
            Path file = folder.resolve(name);
            Files.createDirectories(file.resolveSibling(""));
            return Files.writeString(file, text);
        } catch (IOException cannot) {
            throw new UncheckedIOException(cannot);
        }
    }

    Loaded load(String text) {
        return ConfigLoader.load(write("sluice.conf", text), PROTOCOLS, env);
    }

    Loaded.Ready ready(String text) {
        Loaded loaded = load(text);
        assertThat(loaded).isInstanceOf(Loaded.Ready.class);
        return (Loaded.Ready) loaded;
    }

    SluiceConfig config(String text) {
        return ready(text).config();
    }

    /** What is said, with file names relative to the folder. */
    List<String> errors(String text) {
        Loaded loaded = load(text);
        assertThat(loaded).isInstanceOf(Loaded.Refused.class);
        return relative(((Loaded.Refused) loaded).errors());
    }

    List<String> warnings(String text) {
        return relative(ready(text).warnings());
    }

    static TenantConfig acme(SluiceConfig config) {
        return requireNonNull(config.tenants().get("acme"));
    }

    static ServiceConfig service(SluiceConfig config) {
        return requireNonNull(acme(config).services().get("fake"));
    }

    static UserConfig user(SluiceConfig config, String name) {
        return requireNonNull(service(config).users().get(name));
    }

    static BackendConfig backend(SluiceConfig config, String name) {
        return requireNonNull(config.backends().get(name));
    }

    private List<String> relative(List<ConfigError> problems) {
        return problems.stream()
                .map(problem -> problem.toString().replace(folder + "/", ""))
                .toList();
    }
}
