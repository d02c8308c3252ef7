package io.sluice.fanout;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a hub knows of a topic: who wants it, and how it stands upstream.
 *
 * <p>Members may come and go while they are iterated over: one that goes leaves a hole until the
 * iteration ends, one that comes is put behind where it ends.
 *
 * <p><b>Threads:</b> confined to the hub's loop.
 */
final class Feed {
    private static final int FIRST_CAPACITY = 2;

    final Topic topic;

    /** The next in its bucket; its table's own. */
    @Nullable Feed next;

    // ---- upstream; changed by the trunk alone

    /** What was sent last on the present link is that it is wanted. */
    boolean asked;

    /** Commands for it that are not acknowledged yet. */
    int underWay;

    /** The server has confirmed what was asked last, and it was to subscribe. */
    boolean held;

    /** Is among those that the trunk looks at when the turn ends. */
    boolean changed;

    /** A command for several topics was rejected, perhaps because of this one: asked for alone. */
    boolean suspect;

    /** Rejected for now although there are subscribers: not asked for until a pause is over. */
    boolean postponed;

    /** Lost with subscribers, and not confirmed again yet. */
    boolean interrupted;

    /** When it was; only where it is interrupted. */
    long interruptedAt;

    private @Nullable Membership[] members = new Membership[FIRST_CAPACITY];
    private int size;
    private int holes;
    private int iterations;

    Feed(Topic topic) {
        this.topic = topic;
    }

    /** Whether anybody wants it. */
    boolean isWanted() {
        return size > holes;
    }

    /** How many want it. */
    int members() {
        return size - holes;
    }

    /** Whether somebody was told that it is subscribed. */
    boolean hasActive() {
        for (int i = 0; i < size; i++) {
            Membership member = members[i];
            if (member != null && member.active) {
                return true;
            }
        }
        return false;
    }

    void add(Membership member) {
        if (size == members.length) {
            members = Arrays.copyOf(members, size * 2);
        }
        member.index = size;
        members[size++] = member;
    }

    void remove(Membership member) {
        if (members[member.index] != member) {
            throw new IllegalStateException("no member of " + topic);
        }
        if (iterations > 0) {
            members[member.index] = null;
            holes++;
            return;
        }
        size--;
        Membership last = members[size];
        members[size] = null;
        if (last != null && last != member) {
            members[member.index] = last;
            last.index = member.index;
        }
        shrink();
    }

    /** Begins an iteration over the indexes below what is returned. */
    int beginIteration() {
        iterations++;
        return size;
    }

    /** Only between begin and end; null where a member has left meanwhile. */
    @Nullable Membership member(int index) {
        return members[index];
    }

    void endIteration() {
        iterations--;
        if (iterations > 0 || holes == 0) {
            return;
        }
        int kept = 0;
        for (int i = 0; i < size; i++) {
            Membership member = members[i];
            if (member != null) {
                member.index = kept;
                members[kept++] = member;
            }
        }
        Arrays.fill(members, kept, size, null);
        size = kept;
        holes = 0;
        shrink();
    }

    private void shrink() {
        if (members.length > FIRST_CAPACITY && size <= members.length / 4) {
            members = Arrays.copyOf(members, Math.max(FIRST_CAPACITY, size * 2));
        }
    }
}
