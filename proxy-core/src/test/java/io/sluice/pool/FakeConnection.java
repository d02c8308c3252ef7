package io.sluice.pool;

/** Notes whether it was given up for another pool. */
final class FakeConnection extends NowhereConnection {
    private boolean gaveWay;

    FakeConnection(Pool pool, Permit permit) {
        super(pool, permit);
    }

    boolean gaveWay() {
        return gaveWay;
    }

    @Override
    public void retire(String reason) {
        gaveWay = true;
        super.retire(reason);
    }
}
