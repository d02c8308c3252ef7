package io.sluice.app;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** An answer of the console, from JSON to what people read. */
final class AnswerText {
    private final Config answer;

    AnswerText(String json) {
        answer =
                ConfigFactory.parseString(
                        json, ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
    }

    /** Prints the table or tag to {@code out}, notices and failures to {@code err}. */
    void print(PrintWriter out, PrintWriter err) {
        if (answer.hasPath("message")) {
            err.println("sluice: " + answer.getString("message"));
            return;
        }
        if (answer.hasPath("columns")) {
            table(out);
        } else {
            out.println(answer.getString("tag"));
        }
        answer.getStringList("notices").forEach(notice -> err.println("notice: " + notice));
    }

    private void table(PrintWriter out) {
        List<? extends Config> columns = answer.getConfigList("columns");
        List<List<String>> lines = new ArrayList<>();
        lines.add(columns.stream().map(column -> column.getString("name")).toList());
        for (ConfigObject row : answer.getObjectList("rows")) {
            lines.add(lines.getFirst().stream().map(name -> text(row.get(name))).toList());
        }
        int[] widths = new int[columns.size()];
        for (List<String> line : lines) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], line.get(i).length());
            }
        }
        boolean[] numeric = new boolean[widths.length];
        for (int i = 0; i < numeric.length; i++) {
            String type = columns.get(i).getString("type");
            numeric[i] = type.startsWith("int") || type.equals("numeric");
        }
        for (int i = 0; i < lines.size(); i++) {
            out.println(line(lines.get(i), widths, numeric));
            if (i == 0) {
                out.println(rule(widths));
            }
        }
    }

    private static String line(List<String> cells, int[] widths, boolean[] numeric) {
        var line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String padding = " ".repeat(widths[i] - cells.get(i).length());
            line.append(i == 0 ? " " : " | ")
                    .append(numeric[i] ? padding + cells.get(i) : cells.get(i) + padding);
        }
        return line.toString().stripTrailing();
    }

    private static String rule(int[] widths) {
        return Arrays.stream(widths)
                .mapToObj(width -> "-".repeat(width + 2))
                .collect(Collectors.joining("+"));
    }

    private static String text(@Nullable ConfigValue value) {
        return value == null || value.valueType() == ConfigValueType.NULL
                ? ""
                : value.unwrapped().toString();
    }
}
