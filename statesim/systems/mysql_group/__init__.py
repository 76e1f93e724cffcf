"""MySQL Group Replication: a group that agrees, one primary, and people for what the group cannot know."""
