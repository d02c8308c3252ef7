package io.sluice.config;

import io.sluice.spi.ProtocolBinder;
import java.util.Optional;

/** A protocol with a key of each kind, whose defaults are in {@code reference-fake.conf}. */
final class FakeProtocol implements ProtocolBinder {
    enum Mode {
        SESSION,
        TRANSACTION
    }

    record Global(Mode mode, int statements, int helpers) {}

    record Backend(String flavour) {}

    record Service(Mode mode, int statements) {}

    record Database(Optional<Mode> ownMode) {}

    record User(Mode mode, boolean saysSoItself) {}

    @Override
    public Object bindGlobal(Section section) {
        return new Global(
                section.choice("pool-mode", Mode.class),
                section.integer("statements", 0, 1000),
                section.integer("helpers", 1, 9));
    }

    @Override
    public Object bindBackend(Section section) {
        return new Backend(section.string("flavour"));
    }

    @Override
    public Object bindService(Section section, Object global) {
        return new Service(
                section.choice("pool-mode", Mode.class), section.integer("statements", 0, 1000));
    }

    @Override
    public Object bindDatabase(Section section, Object service) {
        return new Database(
                section.has("pool-mode")
                        ? Optional.of(section.choice("pool-mode", Mode.class))
                        : Optional.empty());
    }

    @Override
    public Object bindUser(Section section, Object service) {
        return new User(section.choice("pool-mode", Mode.class), section.has("pool-mode"));
    }
}
