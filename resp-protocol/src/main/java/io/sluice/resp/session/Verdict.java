package io.sluice.resp.session;

import io.sluice.session.NotLetIn;
import io.sluice.tenant.Destination;

/** What became of a proof of who a client is. */
public sealed interface Verdict {
    /** It is right; the client goes to the first database there. */
    record LetIn(Destination destination) implements Verdict {}

    /** It is wrong, or there is no such user. */
    record Wrong() implements Verdict {}

    /** It was not looked at, since the proxy has too many others to look at. */
    record NotChecked(String reason) implements Verdict {}

    /** It was not looked at, since too many of the client's address were wrong. */
    record TooMany(NotLetIn.TooManyFailures why) implements Verdict {}
}
