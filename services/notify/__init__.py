"""notify tells people: letters, in-site messages, announcements.

Decides: who is written to because of what, and that nobody gets the same letter twice.
Events in: whatever happens to a unit, expert, case or award; editions and moved dates.
Events out: NotificationSent, NotificationFailed, AnnouncementPublished.
Collections: letters, messages (their in-site form), announcements; copies: editions, units, cases, awards.
Addresses and one-time links are asked of registration at the moment of sending and kept nowhere.
"""
