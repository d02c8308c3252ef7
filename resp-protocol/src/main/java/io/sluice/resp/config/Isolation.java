package io.sluice.resp.config;

/** What keeps the data of tenants apart. */
public enum Isolation {
    /** A backend that no other tenant has. */
    BACKEND,
    /** A range of database numbers of their own. */
    DATABASES,
    /** A prefix of all their keys and channels. */
    PREFIX
}
