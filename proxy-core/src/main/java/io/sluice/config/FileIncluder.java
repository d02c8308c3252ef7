package io.sluice.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import java.io.File;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Includes files, relative to the one that includes them, and nothing else: neither URLs nor
 * resources. A file that is not there is an error, as a forgotten one would be forgotten tenants.
 */
final class FileIncluder
        implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {

    /** An include that cannot be. */
    static final class Refused extends RuntimeException {
        private final transient ConfigError error;

        Refused(ConfigError error) {
            super(error.message());
            this.error = error;
        }

        ConfigError error() {
            return error;
        }
    }

    private final Deque<Path> open = new ArrayDeque<>(); // the including file first

    FileIncluder(Path main) {
        open.push(main);
    }

    @Override
    public ConfigIncluder withFallback(ConfigIncluder fallback) {
        return this; // the library's own would include anything
    }

    @Override
    public ConfigObject include(ConfigIncludeContext context, String what) {
        return parse(context, what);
    }

    @Override
    public ConfigObject includeFile(ConfigIncludeContext context, File what) {
        return parse(context, what.getPath());
    }

    @Override
    public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
        throw refused(what.toString(), "includes of a url are switched off: only files");
    }

    @Override
    public ConfigObject includeResources(ConfigIncludeContext context, String what) {
        throw refused(what, "includes of the classpath are switched off: only files");
    }

    private ConfigObject parse(ConfigIncludeContext context, String what) {
        Path file = including().resolveSibling(what);
        if (!Files.isRegularFile(file)) {
            throw refused(what, "there is no file " + file + " to include");
        }
        if (open.contains(file)) {
            throw refused(what, file + " includes itself");
        }
        open.push(file);
        try {
            ConfigParseOptions options =
                    context.parseOptions().setAllowMissing(false).setIncluder(this);
            return ConfigFactory.parseFile(file.toFile(), options).root();
        } catch (ConfigException.IO cannot) {
            throw refused(what, "cannot read it: " + cannot.getMessage());
        } finally {
            open.pop();
        }
    }

    private Path including() {
        return open.element();
    }

    private Refused refused(String what, String message) {
        Location where = new Location(including().toString(), lineOf(what));
        return new Refused(ConfigError.at(where, "include \"" + what + "\"", message, ""));
    }

    /** The library does not say where an include stands, so it is looked for. */
    private int lineOf(String what) {
        List<String> lines = lines(including());
        if (lines != null) {
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i).strip();
                if (line.contains("include") && line.contains('"' + what + '"')) {
                    return i + 1;
                }
            }
        }
        return 0;
    }

    private static @Nullable List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException _) {
            return null; // then the message goes without a line
        }
    }
}
