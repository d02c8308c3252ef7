package io.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.channel.uring.IoUring;
import io.sluice.config.ConsoleConfig.Role;
import io.sluice.console.Operator;
import io.sluice.console.Reply;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The process from its start to its end. */
class SluiceTest {
    @TempDir Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "io_uring", "nio"})
    void servesManyClientsOnEveryTransport(String transport) {
        Assumptions.assumeTrue(
                !transport.equals("io_uring") || IoUring.isAvailable(), "no io_uring here");
        String config = Running.config("acme", "globex") + "\nsluice.transport = " + transport;
        try (Running running = Running.start(folder, config)) {
            for (int i = 0; i < 20; i++) {
                try (LineClient client = running.login(i % 2 == 0 ? "acme" : "globex")) {
                    assertThat(client.ask("begin")).isEqualTo("begun");
                    assertThat(client.ask("hello " + i)).isEqualTo("hello " + i);
                    assertThat(client.ask("end")).isEqualTo("ended");
                }
            }
        }
    }

    @Test
    void isReadyFromStartToShutdown() {
        Running running = Running.start(folder, Running.config("acme"));
        assertThat(running.sluice.isReady()).isTrue();

        running.close();

        assertThat(running.sluice.isReady()).isFalse();
    }

    @Test
    void tellsItsClientsWhenItIsClosed() {
        Running running = Running.start(folder, Running.config("acme"));
        try (LineClient client = running.login("acme")) {
            running.close();

            assertThat(client.read()).isEqualTo("SHUTDOWN sluice is shutting down");
            assertThat(client.read()).isNull();
        }
    }

    @Test
    void givesItsPortBack() throws IOException {
        Running running = Running.start(folder, Running.config("acme"));
        int port = LineClient.portOf(running.sluice.boundAddress("line"));
        running.close();

        try (ServerSocket again = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
            assertThat(again.isBound()).isTrue();
        }
    }

    @Test
    void saysInOneLineThatAPortIsTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> startOn(taken.getLocalPort()))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("cannot listen on 127.0.0.1:" + taken.getLocalPort())
                    .hasMessageNotContaining("\n");
        }
    }

    @Test
    void doesNotShareItsPortWithAnotherSluice() {
        try (Running first = Running.start(folder, Running.config("acme"))) {
            int port = LineClient.portOf(first.sluice.boundAddress("line"));

            assertThatThrownBy(() -> startOn(port)).hasMessageContaining("cannot listen on");
        }
    }

    @Test
    void refusesMoreClientsThanItMayOpenFilesFor() {
        String config = Running.config("acme") + "\nsluice.limits.max-clients = 10000000";

        assertThatThrownBy(() -> Running.start(folder, config))
                .hasMessageContaining("file descriptors");
    }

    @Test
    void answersTheConsole() {
        try (Running running = Running.start(folder, Running.config("acme"));
                LineClient _ = running.login("acme")) {
            Reply reply =
                    running.sluice
                            .console()
                            .execute(new Operator("watcher", Role.STATS, "here"), "SHOW CLIENTS")
                            .toCompletableFuture()
                            .join();

            assertThat(reply)
                    .isInstanceOfSatisfying(
                            Reply.Rows.class, rows -> assertThat(rows.table().rows()).hasSize(1));
        }
    }

    private void startOn(int port) {
        Running.start(folder, Running.config("acme").replace("127.0.0.1:0", "127.0.0.1:" + port))
                .close();
    }
}
