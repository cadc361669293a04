"""Files that anybody may have made: no more of them is read than fits in memory."""
