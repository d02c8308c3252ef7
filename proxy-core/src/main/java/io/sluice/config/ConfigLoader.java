package io.sluice.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigResolver;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import io.sluice.spi.ProtocolBinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the configuration file and all it includes, lays it over the defaults ({@code
 * reference.conf}, and {@code reference-<protocol>.conf} of each protocol that has one), and binds
 * the result strictly. Not for an event loop: it reads files and may resolve names.
 *
 * <p>{@code ${NAME}} that the file does not define is taken from the environment.
 */
public final class ConfigLoader {
    /** What a comment in a reference file says of a key that a reload does not apply. */
    private static final String RESTART = "Needs a restart";

    private static final String QUOTES = "a text with odd characters needs double quotes";

    private final Map<String, ProtocolBinder> protocols;
    private final Map<String, String> env;

    private ConfigLoader(Map<String, ProtocolBinder> protocols, Map<String, String> env) {
        this.protocols = protocols;
        this.env = env;
    }

    /**
     * Loads {@code file}.
     *
     * @param protocols by name, in the order in which they are listed
     * @param env the environment, for substitutions and secrets
     */
    public static Loaded load(
            Path file, Map<String, ProtocolBinder> protocols, Map<String, String> env) {
        return new ConfigLoader(protocols, env).load(file);
    }

    /** What is in force where a file says nothing. */
    public static Settings defaults(Map<String, ProtocolBinder> protocols) {
        return new ConfigLoader(protocols, Map.of()).defaults();
    }

    private Settings defaults() {
        List<Config> references = references();
        ConfigObject merged = resolve(merged(references)).root();
        Collection<Setting> all = defaults(merged, Path.of("").toAbsolutePath());
        return new Settings(all, all, restartOnly(references));
    }

    private static Config merged(List<Config> references) {
        Config merged = ConfigFactory.empty();
        for (Config reference : references) {
            merged = merged.withFallback(reference);
        }
        return merged;
    }

    private Loaded load(Path file) {
        if (!Files.isReadable(file)) {
            return refused(new ConfigError(file.toString(), 0, "", "cannot be read", ""));
        }
        List<Config> references = references();
        Config defaults = merged(references);
        ConfigObject merged;
        try {
            merged = resolve(parse(file).withFallback(defaults)).root();
        } catch (FileIncluder.Refused refused) {
            return refused(refused.error());
        } catch (ConfigException unreadable) {
            return refused(syntaxError(file, unreadable));
        }
        Path folder = file.toAbsolutePath().resolveSibling("");
        var reading = new Reading();
        SluiceConfig config = bind(merged, folder, reading);
        List<ConfigError> errors = reading.errors();
        if (!errors.isEmpty()) {
            return new Loaded.Refused(errors);
        }
        Collection<Setting> ours = defaults(resolve(defaults).root(), folder);
        var settings = new Settings(reading.settings(), ours, restartOnly(references));
        return new Loaded.Ready(config, settings, reading.warnings());
    }

    private SluiceConfig bind(ConfigObject root, Path folder, Reading reading) {
        SluiceConfig config =
                new ConfigBinder(protocols, folder, env).bind(SectionReader.root(reading, root));
        reading.reportUnknownKeys(root);
        new CrossChecks(config, protocols, reading).run();
        return config;
    }

    private Collection<Setting> defaults(ConfigObject root, Path folder) {
        var reading = new Reading();
        bind(root, folder, reading);
        if (!reading.errors().isEmpty()) {
            throw new IllegalStateException("defaults are wrong: " + reading.errors());
        }
        return reading.settings();
    }

    private List<Config> references() {
        var references = new ArrayList<Config>();
        references.add(resource(ConfigLoader.class, "reference.conf", false));
        protocols.forEach((name, binder) ->
                references.add(resource(binder.getClass(), "reference-" + name + ".conf", true)));
        return references;
    }

    private static Config resource(Class<?> owner, String name, boolean mayMiss) {
        return ConfigFactory.parseResources(
                owner.getClassLoader(),
                name,
                ConfigParseOptions.defaults().setAllowMissing(mayMiss));
    }

    private static Config parse(Path file) {
        ConfigParseOptions options =
                ConfigParseOptions.defaults()
                        .setAllowMissing(false)
                        .setIncluder(new FileIncluder(file));
        return ConfigFactory.parseFile(file.toFile(), options);
    }

    private Config resolve(Config config) {
        return config.resolve(ConfigResolveOptions.noSystem().appendResolver(new Environment(env)));
    }

    private record Environment(Map<String, String> env) implements ConfigResolver {
        @Override
        public @Nullable ConfigValue lookup(String path) {
            String value = env.get(path);
            return value == null
                    ? null
                    : ConfigValueFactory.fromAnyRef(value, "environment variable " + path);
        }

        @Override
        public ConfigResolver withFallback(ConfigResolver fallback) {
            return this;
        }
    }

    /** The library puts the place before its message, and explains at length after it. */
    private static ConfigError syntaxError(Path file, ConfigException error) {
        Location where =
                error.origin() == null
                        ? new Location(file.toString(), 0)
                        : Location.of(error.origin());
        String message = String.valueOf(error.getMessage());
        if (error.origin() != null && message.startsWith(error.origin().description())) {
            message = message.substring(error.origin().description().length() + 2);
        }
        message = message.strip().replaceAll("\\s+", " ");
        int advice = message.indexOf(" (if you ");
        return advice < 0
                ? ConfigError.at(where, "", message, "")
                : ConfigError.at(where, "", message.substring(0, advice), QUOTES);
    }

    private static Loaded refused(ConfigError error) {
        return new Loaded.Refused(List.of(error));
    }

    private static Set<KeyPath> restartOnly(List<Config> references) {
        var paths = new HashSet<KeyPath>();
        references.forEach(reference -> collect(KeyPath.ROOT, reference.root(), paths));
        return paths;
    }

    private static void collect(KeyPath path, ConfigObject object, Set<KeyPath> paths) {
        object.forEach((key, value) -> {
            KeyPath child = path.child(key);
            if (value.origin().comments().stream().anyMatch(c -> c.contains(RESTART))) {
                paths.add(child);
            }
            if (value instanceof ConfigObject inner) {
                collect(child, inner, paths);
            }
        });
    }
}
