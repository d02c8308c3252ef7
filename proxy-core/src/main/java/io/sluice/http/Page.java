package io.sluice.http;

import io.netty.handler.codec.http.HttpResponseStatus;

/** What a request is answered with; sent as UTF-8. */
record Page(HttpResponseStatus status, String contentType, String body) {
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String JSON = "application/json";

    static Page text(HttpResponseStatus status, String text) {
        return new Page(status, TEXT, text + "\n");
    }

    static Page json(HttpResponseStatus status, String json) {
        return new Page(status, JSON, json + "\n");
    }
}
