"""The task API: users, projects, tasks on boards."""
