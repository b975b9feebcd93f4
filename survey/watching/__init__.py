"""What can be seen of the running application: lines of the log and counts, none of which tells of one citizen."""
