package io.sluice.app;

/** Which Sluice this is. */
final class Version {
    /** As the jar says; a build that was not packaged has none. */
    static final String CURRENT = of(Version.class.getPackage());

    private Version() {}

    private static String of(Package sluice) {
        String version = sluice.getImplementationVersion();
        return version == null ? "development" : version;
    }
}
