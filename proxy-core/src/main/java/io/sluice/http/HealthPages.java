package io.sluice.http;

import static io.netty.handler.codec.http.HttpResponseStatus.OK;
import static io.netty.handler.codec.http.HttpResponseStatus.SERVICE_UNAVAILABLE;

import io.sluice.console.Survey;
import io.sluice.net.Loop;
import io.sluice.spi.Lifecycle;
import io.sluice.spi.Proxy;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Whether the process lives, has started, and takes clients. A backend that is down changes none of
 * it: then all replicas would leave a balancer at once.
 */
final class HealthPages {
    private final Proxy proxy;
    private final Lifecycle lifecycle;
    private final Survey survey;
    private volatile boolean started;

    HealthPages(Proxy proxy, Lifecycle lifecycle, Survey survey) {
        this.proxy = proxy;
        this.lifecycle = lifecycle;
        this.survey = survey;
    }

    /** Every event loop answers. */
    CompletableFuture<Page> live() {
        return survey.askOne(Loop::index)
                .thenApply(found -> {
                    List<String> silent = found.silent().stream().map(Loop::toString).toList();
                    return silent.isEmpty()
                            ? Page.text(OK, "ok")
                            : Page.text(
                                    SERVICE_UNAVAILABLE,
                                    "does not answer: " + String.join(", ", silent));
                });
    }

    /** New clients are welcome. */
    CompletableFuture<Page> ready() {
        if (lifecycle.isReady() && !proxy.isDraining()) {
            return page(true, "ok");
        }
        return page(false, proxy.isDraining() ? "draining" : "starting");
    }

    /** Has been ready once. */
    CompletableFuture<Page> startup() {
        if (!started && (lifecycle.isReady() || proxy.isDraining())) {
            started = true;
        }
        return page(started, started ? "ok" : "starting");
    }

    private static CompletableFuture<Page> page(boolean good, String word) {
        return CompletableFuture.completedFuture(Page.text(good ? OK : SERVICE_UNAVAILABLE, word));
    }
}
