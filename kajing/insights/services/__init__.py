"""Acts of the room: reports, their files and schedules, dashboards."""
