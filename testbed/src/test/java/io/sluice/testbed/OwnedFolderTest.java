package io.sluice.testbed;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class OwnedFolderTest {

    @Test
    void isClearedByTheNextOnceItsOwnerIsGone() throws IOException {
        String prefix = "sluice-owned-folder-test-" + ProcessHandle.current().pid() + "-";
        Path abandoned = Files.createTempDirectory(prefix);
        Files.createFile(abandoned.resolve("owner.lock"));
        Files.writeString(abandoned.resolve("data"), "left behind");
        var cleared = new ArrayList<Path>();

        try (var owned = OwnedFolder.create(prefix)) {
            OwnedFolder.clearAbandoned(prefix, cleared::add);

            assertThat(cleared).containsExactly(abandoned);
            assertThat(abandoned).doesNotExist();
            assertThat(owned.path()).exists();
        }
        try (var left = Files.newDirectoryStream(abandoned.getParent(), prefix + "*")) {
            assertThat(left).isEmpty();
        }
    }
}
