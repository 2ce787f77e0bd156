"""Below everything: clock, tasks, scheduler, decisions, trace."""
