# Ranks and rank sets of the units in ranking_units.csv with critical values that are given, not simulated.
# Call: Rscript ranking.R ranking_units.csv > ranking.csv  (base R only)
#
# Ranks: base R's rank() on figures rounded to two decimals, smallest rank for ties. Rank sets: the definition,
# pair by pair. Unit i stands above unit j beyond chance when the lower limit of the difference (square-and-add:
# Newcombe 1998, method 10) at the critical value is above zero; a 95 % range reaches qnorm(0.975) standard errors.

units <- read.csv(commandArgs(trailingOnly = TRUE)[1])
count <- nrow(units)
printed <- round(units$value, 2)
together <- 3.2

above <- function(i, j, critical) {
  if (printed[i] <= printed[j]) return(FALSE)
  stretch <- critical / qnorm(0.975)
  down <- stretch * (units$value[i] - units$low[i])
  up <- stretch * (units$upp[j] - units$value[j])
  units$value[i] - units$value[j] - sqrt(down^2 + up^2) > 0
}

bounds <- function(j, critical) {
  better <- 0
  worse <- 0
  for (i in seq_len(count)) {
    if (i != j && above(i, j, critical)) better <- better + 1
    if (i != j && above(j, i, critical)) worse <- worse + 1
  }
  c(1 + better, count - worse)
}

single <- t(sapply(seq_len(count), function(j) bounds(j, units$critical[j])))
joint <- t(sapply(seq_len(count), function(j) bounds(j, together)))
ranks <- rank(-printed, ties.method = "min")
write.csv(
  data.frame(
    unit = units$unit, rank = ranks, tied = as.integer(ranks %in% ranks[duplicated(ranks)]),
    low = single[, 1], upp = single[, 2], joint_low = joint[, 1], joint_upp = joint[, 2]
  ),
  row.names = FALSE, quote = FALSE
)
