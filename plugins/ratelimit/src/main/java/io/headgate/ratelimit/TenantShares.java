package io.headgate.ratelimit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Who holds how much of one backend, and who wants more than a fair share. Nobody has a share reserved: what those with
 * small wishes leave is shared out among the others, and a tenant that is alone has all of it. Requests count; one
 * thread draws the line again and again.
 */
final class TenantShares {

    /** In rounds; what a tenant wants is remembered for as many answers, where those take longer than a round. */
    private static final double MEMORY = 10;
    /** Rounds that it is looked back over, to tell how long an answer takes: no longer than this, therefore. */
    private static final double HORIZON = 100;
    /** So far above its share a tenant may come by mere chance. */
    private static final double CHANCE = 1.5;
    /** What is left of its share to a tenant that wants more, as long as others have use for the rest. */
    private static final double LEFT_TO_THE_GREEDY = 0.5;

    private static final int ROUNDS_UNTIL_FORGOTTEN = 100;

    private final Map<String, Account> accounts = new ConcurrentHashMap<>();
    private final int mostAccounts;
    private final Account rest = new Account();
    private volatile int leftToTheGreedy = Integer.MAX_VALUE;
    /** Of the last rounds alone, however long answers take: what was under way before the limit fell is gone. */
    private double underWay;

    private double heldOfLate;
    private double endedOfLate;
    private long endedBefore;

    /** What one tenant holds and was refused. A request keeps the account that it was counted on until it gives back. */
    static final class Account {
        private final AtomicInteger held = new AtomicInteger();
        private final AtomicInteger refused = new AtomicInteger();
        private volatile boolean asked = true;
        private volatile boolean isGreedy;
        private double usuallyHeld;
        private double turnedAway;
        private double age;
        private int idleRounds;

        void hold() {
            held.incrementAndGet();
        }

        void giveBack() {
            held.decrementAndGet();
        }

        void refused() {
            refused.incrementAndGet();
        }

        int held() {
            return held.get();
        }

        private double wanted() {
            return usuallyHeld + turnedAway;
        }

        /** @param rounds that a request which was turned away would have been held */
        private void settle(double rounds) {
            int present = held.get();
            double memory = MEMORY * Math.max(1, rounds);
            age++;
            usuallyHeld += (present - usuallyHeld) / Math.min(age, memory);
            turnedAway += (refused.getAndSet(0) * rounds - turnedAway) / memory;
            idleRounds = asked || present > 0 ? 0 : idleRounds + 1;
            asked = false;
        }
    }

    TenantShares(int mostAccounts) {
        this.mostAccounts = mostAccounts;
    }

    /** Tenants beyond the bound share one account, and by that one share. */
    Account of(String tenant) {
        Account known = accounts.get(tenant);
        if (known == null) {
            known = accounts.size() < mostAccounts ? accounts.computeIfAbsent(tenant, missing -> new Account()) : rest;
        }
        if (!known.asked) {
            known.asked = true;
        }
        return known;
    }

    boolean isAbove(Account account) {
        return account.isGreedy && account.held() >= leftToTheGreedy;
    }

    int tenants() {
        return accounts.size();
    }

    /**
     * Fills up the wishes from the smallest: once one does not fit into an equal part of what is left, no larger one does.
     *
     * @param held by all
     * @param ended requests that were given back, from the start
     */
    void settle(int held, long ended) {
        List<Account> active = active(roundsHeld(held, ended));
        active.sort(Comparator.comparingDouble(Account::wanted));
        double left =
                active.stream().mapToDouble(account -> account.usuallyHeld).sum();
        double share = left;
        for (int i = 0; i < active.size(); i++) {
            Account account = active.get(i);
            share = left / (active.size() - i);
            account.isGreedy = active.size() > 1 && account.wanted() > share * CHANCE;
            left -= Math.min(account.wanted(), share);
        }
        underWay += (held - underWay) / MEMORY;
        leftToTheGreedy = Math.max(1, (int) Math.ceil(Math.min(share, underWay) * LEFT_TO_THE_GREEDY));
    }

    /** For how many rounds a request is held, by Little's law: no clock, and no sum over requests. */
    private double roundsHeld(int held, long ended) {
        heldOfLate += held - heldOfLate / HORIZON;
        endedOfLate += ended - endedBefore - endedOfLate / HORIZON;
        endedBefore = ended;
        return Math.min(HORIZON, heldOfLate / Math.max(1, endedOfLate));
    }

    private List<Account> active(double rounds) {
        List<Account> active = new ArrayList<>(accounts.size() + 1);
        for (Iterator<Account> each = accounts.values().iterator(); each.hasNext(); ) {
            Account account = each.next();
            account.settle(rounds);
            if (account.idleRounds > ROUNDS_UNTIL_FORGOTTEN) {
                each.remove();
            } else {
                active.add(account);
            }
        }
        rest.settle(rounds);
        if (rest.idleRounds <= ROUNDS_UNTIL_FORGOTTEN && accounts.size() >= mostAccounts) {
            active.add(rest);
        }
        return active;
    }
}
