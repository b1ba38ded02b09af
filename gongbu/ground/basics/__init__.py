"""基料 basics: the few words every room shares: clock, refusal, finding, money, act, message."""
