# Make the figures of indices.csv again from responses.csv, with base R alone:  Rscript reproduce.R
#
# codebook.csv says what each answer is worth. Formulas (docs/methodology.md and docs/method/ of the project):
#   an index is 100 x (sum of worths) / (largest worth x number of valid answers), taken over
#   P1 all answers of all items; P2 each item, then the mean of the items; P3 each dimension, then their mean.
#   No answer and not applicable leave the base.
#   Standard error: variance.csv has what days and weeks of responses, which are not in this pack, say of each figure:
#   V* = (d V + p Vp) / (d + p), Vp = inflation x the variance between responses. Range: Wilson (shares), logit t (levels).
#   Ranks: ranks.csv has the critical values, which are tried here by simulation.
#   replicate_weights.csv gives standard errors of anything; theirs are set beside the published ones.
# Exit status 1: a figure differs by more than 1e-9, a rank differs, a critical value by more than 10 %, or one is missing.

TOLERANCE <- 1e-9
OF_CRITICAL <- 0.1
SCALE <- 79 / 80 / 0.1^2  # of the squared differences of the replicates
FEWEST_RESPONSES <- 30     # of a unit that is ranked, and days
FEWEST_DAYS <- 4
NORMAL <- qnorm(0.975)
SIMULATIONS <- 1999

script <- sub("^--file=", "", grep("^--file=", commandArgs(FALSE), value = TRUE))
folder <- if (length(script)) dirname(script[1]) else "."

read_file <- function(name) {
  table <- read.csv(file.path(folder, name), colClasses = "character", encoding = "UTF-8",
                    na.strings = character(), check.names = FALSE)
  # The byte order mark sticks to the first name.
  names(table) <- gsub("[^A-Za-z0-9_]", "", names(table), useBytes = TRUE)
  table
}

responses <- read_file("responses.csv")
indices <- read_file("indices.csv")
codebook <- read_file("codebook.csv")
scale <- codebook[codebook$worth != "", ]
largest <- max(as.numeric(scale$worth))
least <- min(as.numeric(scale$worth))
variance <- read_file("variance.csv")
rownames(variance) <- paste(variance$agency_code, variance$dimension)

# One column per item: what the answer is worth, NA where it is none.
items <- unique(scale[c("variable", "dimension")])
worth <- lapply(items$variable, function(item) {
  rows <- scale[scale$variable == item, ]
  as.numeric(rows$worth)[match(responses[[item]], rows$value)]
})
worth <- matrix(unlist(worth), nrow = nrow(responses))

pooled <- function(cells) {
  answers <- sum(!is.na(cells))
  if (answers == 0) NA else 100 * sum(cells, na.rm = TRUE) / (largest * answers)
}

# The columns of a part of the questionnaire as they are pooled before a mean is taken.
bundles <- function(columns, formula) {
  if (formula == "P2") as.list(columns)
  else if (formula == "P3") split(columns, items$dimension[columns])
  else list(columns)
}

index_of <- function(agency, part, formula) {
  columns <- if (part == "overall") seq_len(nrow(items)) else which(items$dimension == part)
  rows <- responses$agency_code == agency
  figures <- sapply(bundles(columns, formula), function(bundle) pooled(worth[rows, bundle]))
  if (all(is.na(figures))) NA else mean(figures, na.rm = TRUE)
}

# What each response of an agency answered of a part, and what it is worth in all.
answered <- function(agency, part) {
  columns <- if (part == "overall") seq_len(nrow(items)) else which(items$dimension == part)
  cells <- worth[responses$agency_code == agency, columns, drop = FALSE]
  list(n = rowSums(!is.na(cells)), y = rowSums(cells, na.rm = TRUE))
}

range_of <- function(agency, part, method) {
  told <- variance[paste(agency, part), ]
  own <- answered(agency, part)
  if (is.na(told$own_variance) || sum(own$n) == 0) return(c(NA, NA, NA))
  told <- sapply(told[-(1:2)], as.numeric)
  some <- own$n > 0
  n <- own$n[some]
  y <- own$y[some]
  ratio <- sum(y) / sum(n)
  people <- if (sum(some) > 1) sum(some) / (sum(some) - 1) * sum((y - ratio * n)^2) / sum(n)^2 else 0
  d <- told["own_degrees"]
  p <- told["prior_degrees"]
  v <- told["own_variance"]
  if (d + p > 0) v <- (d * v + p * told["inflation"] * people) / (d + p)
  x <- min(max((ratio - least) / (largest - least), 0), 1)
  k <- told["even_draws"]
  ends <- if (d + p < 1) c(0, 1)
          else ends_of(x, v / (largest - least)^2, k, sum(some) * k / told["draws"], qt(0.975, d + p), method)
  ends <- 100 * (least + (largest - least) * ends) / largest
  figure <- 100 * ratio / largest
  unname(c(if (d + p < 1) NA else 100 / largest * sqrt(v), min(ends[1], figure), max(ends[2], figure)))
}

# The ends of the range of a figure's place on its scale, from 0 to 1.
ends_of <- function(x, s2, k, r, t, method) {
  if (s2 == 0) {
    seen <- k / (k + t^2)
    return(c(x * seen, x + (1 - x) * (1 - seen)))
  }
  e <- min((x * (1 - x) + 1 / (8 * k)) / (s2 + 1 / (8 * k * r)), x * (1 - x) / s2)
  if (substr(method, 1, 1) != "H") return(plogis(qlogis(x) + c(-1, 1) * t / sqrt(e * x * (1 - x))))
  (x + t^2 / (2 * e) + c(-1, 1) * sqrt(t^2 * x * (1 - x) / e + t^4 / (4 * e^2))) / (1 + t^2 / e)
}

# Two decimals, halves up: what binary fractions add to a half is taken off first.
printed <- function(figures) floor(signif(100 * figures, 13) + 0.5) / 100

# Whether the row's unit is above the column's by more than the critical value allows.
above <- function(units, critical) {
  seen <- printed(units$index)
  reach <- sqrt(outer((units$index - units$low)^2, (units$upp - units$index)^2, "+")) / NORMAL
  outer(seen, seen, ">") & outer(units$index, units$index, "-") > critical * reach
}

ranks_of <- function(units, single, joint) {
  seen <- printed(units$index)
  size <- nrow(units)
  each <- matrix(single, size, size)
  both <- above(units, joint)
  cbind(1 + colSums(outer(seen, seen, ">")), 1 + colSums(above(units, t(each))), size - rowSums(above(units, each)),
        1 + colSums(both), size - rowSums(both))
}

# The critical value when nothing new is told: a statement that was made leaves the family.
last_step <- function(units, apart, family) {
  place <- ceiling(0.95 * (SIMULATIONS + 1))
  repeat {
    some <- which(family)
    largest <- if (length(some)) pmax(0, apply(apart[some, , drop = FALSE], 2, max)) else rep(0, SIMULATIONS)
    critical <- sort(largest)[place]
    told <- above(units, critical) & family
    if (!any(told)) return(critical)
    family <- family & !told
  }
}

# The critical values of each unit and of the block, from draws of estimates and of their variances.
simulated <- function(units) {
  size <- nrow(units)
  error <- (units$upp - units$low) / (2 * NORMAL)
  values <- matrix(rnorm(size * SIMULATIONS, 0, error), size)
  variances <- matrix(error^2 * rchisq(size * SIMULATIONS, units$degrees) / units$degrees, size)
  # A row for each pair, in the order of a matrix of rows above columns.
  rows <- rep(seq_len(size), size)
  columns <- rep(seq_len(size), each = size)
  apart <- (values[rows, , drop = FALSE] - values[columns, , drop = FALSE]) /
    sqrt(variances[rows, , drop = FALSE] + variances[columns, , drop = FALSE])
  everything <- diag(size) == 0
  own <- function(unit) everything & (row(everything) == unit | col(everything) == unit)
  list(single = sapply(seq_len(size), function(unit) last_step(units, apart, own(unit))),
       joint = last_step(units, apart, everything))
}

number <- function(column) suppressWarnings(as.numeric(column))
formula <- sub(".*[+]", "", indices$method)
published <- sapply(indices[c("index", "se", "low", "upp")], number)
recomputed <- cbind(as.numeric(mapply(index_of, indices$agency_code, indices$dimension, formula)),
                    t(mapply(range_of, indices$agency_code, indices$dimension, indices$method)))
partners <- all(is.na(published) == is.na(recomputed))
difference <- apply(abs(published - recomputed), 2, function(column) max(0, column, na.rm = TRUE))

ranked <- wrong <- critical <- 0
if (file.exists(file.path(folder, "ranks.csv"))) {
  given <- read_file("ranks.csv")
  whole <- cbind(indices[c("agency_code", "block")], published, responses = number(indices$responses))
  told <- variance[paste(indices$agency_code, indices$dimension), ]
  whole$degrees <- number(told$own_degrees) + number(told$prior_degrees)
  whole <- whole[which(indices$dimension == "overall" & whole$responses >= FEWEST_RESPONSES &
                       number(told$clusters) >= FEWEST_DAYS & whole$low < whole$upp & whole$degrees >= 1), ]
  ranked <- nrow(given)
  wrong <- abs(nrow(whole) - ranked)
  set.seed(1)
  for (own in split(given, given$block)) {
    units <- whole[match(own$agency_code, whole$agency_code), ]
    single <- number(own$critical)
    joint <- number(own$critical_joint)[1]
    bounds <- sapply(own[c("rank", "rank_low", "rank_upp", "joint_low", "joint_upp")], number)
    wrong <- wrong + sum(rowSums(ranks_of(units, single, joint) != matrix(bounds, ncol = 5)) > 0)
    if (nrow(own) > 1) {
      tried <- simulated(units)
      critical <- max(critical, abs(tried$single / single - 1), abs(tried$joint / joint - 1))
    }
  }
}

weights <- read_file("replicate_weights.csv")
replicates <- matrix(number(unlist(weights[grep("^rep_", names(weights))])), nrow = nrow(weights))
ratios <- c()
for (row in which(indices$dimension == "overall" & published[, "se"] > 0 & formula == "P1")) {
  mine <- responses$agency_code == indices$agency_code[row]
  each <- replicates[match(responses$replicate_class[mine], weights$replicate_class), , drop = FALSE]
  if (number(weights$classes[weights$agency_code == indices$agency_code[row]][1]) < 2) next
  own <- answered(indices$agency_code[row], "overall")
  moved <- 100 / largest * colSums(each * own$y) / colSums(each * own$n) - recomputed[row, 1]
  ratios <- c(ratios, sqrt(SCALE * sum(moved^2)) / published[row, "se"])
}

cat("figures compared:", sum(!is.na(published[, "index"])), "\n")
cat("largest difference:", format(difference[["index"]], digits = 3), "\n")
cat("ranges compared:", sum(!is.na(published[, "se"])), "\n")
for (name in c("se", "low", "upp")) cat(paste0("largest difference of ", name, ":"), format(difference[[name]], digits = 3), "\n")
cat("ranks compared:", ranked, "\n")
cat("ranks that differ:", wrong, "\n")
cat("largest difference of critical values, per cent:", format(100 * critical, digits = 3), "\n")
if (length(ratios)) {
  cat("replicate errors compared:", length(ratios), "\n")
  cat("smallest replicate error over published:", format(min(ratios), digits = 4, nsmall = 4), "\n")
  cat("largest replicate error over published:", format(max(ratios), digits = 4, nsmall = 4), "\n")
}
if (!partners || any(difference > TOLERANCE) || wrong > 0 || critical > OF_CRITICAL) quit(status = 1)
