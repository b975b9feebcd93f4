# Figures of stored responses by a declared design, and with weights fitted to margins: what the commands tell of the
# same files. Post-stratification and raking are the package's where its errors are those of calibration; limits, and
# raking from unequal weights, from the definition (weighting.R says why).
#
#   Rscript door.R > door.csv
suppressPackageStartupMessages(library(survey))
options(survey.lonely.psu = "adjust")

text <- function(file) read.csv(file, colClasses = "character", na.strings = character(0), fileEncoding = "UTF-8")
answers <- text("door-responses.csv")
agency_of <- c(
  "3TKDZGS" = "STC", AULUCGJ = "STC", L4E3SZF = "TTPVHCC", "532JS8E" = "TTPVHCC",
  P2MCN3E = "P-DONGKINH", UKGBDA2 = "P-DONGKINH", UED34VN = "P-KYLUA"
)
answers$agency <- unname(agency_of[answers$service_point_code])
day <- as.Date(answers$collected_on)
answers$point_day <- paste(answers$service_point_code, answers$collected_on)
answers$agency_day <- paste(answers$agency, answers$collected_on)
answers$point_week <- paste(answers$service_point_code, format(day, "%G-%V"))
answers$age <- ifelse(answers$age %in% c("4", "5"), "4+5", answers$age)

items <- grep("^[A-E][0-9]$", names(answers), value = TRUE)
parts <- c(lapply(c(access = "A", procedures = "B", officials = "C", outcome = "D", feedback = "E"), grep, items, value = TRUE),
  list(overall = items))
points <- sapply(answers[items], function(column) suppressWarnings(as.numeric(column)))
for (part in names(parts)) {
  own <- points[, parts[[part]], drop = FALSE]
  answers[[paste0("n_", part)]] <- rowSums(!is.na(own))
  answers[[paste0("y_", part)]] <- rowSums(own, na.rm = TRUE)
  answers[[paste0("s_", part)]] <- rowSums(own >= 4, na.rm = TRUE)
}
count <- ave(rep(1, nrow(answers)), answers$agency, FUN = sum)
for (name in c("design", "days")) {
  declared <- text(sprintf("door-%s.csv", name))
  place <- match(answers$agency, declared$agency_code)
  answers[[paste0("size_", name)]] <- as.numeric(declared$population)[place]
  if (name == "days") answers$point_days <- as.numeric(declared$point_days)[place]
}
answers$weight <- answers$size_design / count
answers$one <- 1

line <- function(...) cat(..., sep = ",", fill = 1000)
figures <- function(...) sprintf("%.17g", c(...))
of <- function(part, kind = "y") lapply(paste0(c(paste0(kind, "_"), "n_"), part), function(name) reformulate(name))

line("case", "domain", "part", "value", "se", "design_effect")

# By design: people within agencies, and days of service points within agencies.
designs <- list(
  people = svydesign(ids = ~1, strata = ~agency, weights = ~weight, fpc = ~size_design, data = answers),
  days = svydesign(ids = ~point_day, strata = ~agency, weights = ~weight, fpc = ~point_days, data = answers, nest = TRUE)
)
for (name in names(designs)) {
  for (wanted in c("", unique(answers$agency))) {
    design <- if (wanted == "") designs[[name]] else subset(designs[[name]], agency == wanted)
    for (part in names(parts)) {
      level <- svyratio(of(part)[[1]], of(part)[[2]], design, deff = "replace")
      share <- svyratio(of(part, "s")[[1]], of(part)[[2]], design)
      line(name, wanted, part, figures(20 * coef(level), 20 * SE(level), deff(level)))
      line(paste0(name, "_satisfied"), wanted, part, figures(100 * coef(share), 100 * SE(share)), "")
    }
  }
}

# With margins. Who did not say is a part of the sample that is left out.
margins <- text("door-margins.csv")
totals <- lapply(split(margins, margins$margin), function(own) setNames(as.numeric(own$total), own$category))
frame <- function(name) setNames(data.frame(names(totals[[name]]), totals[[name]]), c(name, "Freq"))
raked <- function(design) {
  rake(design, list(~gender, ~age, ~agency), lapply(c("gender", "age", "agency"), frame),
    control = list(maxit = 500, epsilon = 1e-12))
}
stratified <- function(design) postStratify(design, ~gender, frame("gender"))
said <- answers$gender != "" & answers$age != ""
told <- answers$gender != ""

# Nobody was drawn: two-way over days and weeks, each agency a stratum, every response with weight 1.
ways <- c("point_day", "agency_day", "point_week")
started <- function(way, rows) {
  svydesign(ids = reformulate(way), strata = ~agency, weights = ~one, data = answers[rows, ], nest = TRUE)
}
both <- function(variances) max(variances[1], variances[2] + variances[3] - variances[1])
for (case in c("gender", "margins")) {
  rows <- if (case == "gender") told else said
  fitted <- lapply(setNames(ways, ways), function(way) (if (case == "gender") stratified else raked)(started(way, rows)))
  for (wanted in c("", unique(answers$agency))) {
    for (part in names(parts)) {
      found <- lapply(fitted, function(design) {
        svyratio(of(part)[[1]], of(part)[[2]], if (wanted == "") design else subset(design, agency == wanted))
      })
      line(case, wanted, part, figures(20 * coef(found[[1]]), 20 * sqrt(both(sapply(found, vcov)))), "")
    }
  }
}

# Limits of 0.27 times and 3 times the median of the raked weights: Newton's method on the dual problem.
own <- answers[said, ]
columns <- model.matrix(~ gender + age + agency, own)
wanted <- c(sum(totals$gender), totals$gender["2"], totals$age[-1],
  totals$agency[sub("^agency", "", grep("^agency", colnames(columns), value = TRUE))])
start <- weights(raked(started("point_day", said)))
limits <- c(0.27, 3) * median(start)
clipped <- function(multipliers) pmin(pmax(start * exp(drop(columns %*% multipliers)), limits[1]), limits[2])
missing <- function(multipliers) wanted - colSums(columns * clipped(multipliers))
multipliers <- rep(0, ncol(columns))
for (step in 1:200) {
  weights <- clipped(multipliers)
  inside <- weights * (weights > limits[1] & weights < limits[2])
  change <- solve(crossprod(columns * inside, columns), missing(multipliers))
  while (sum(missing(multipliers + change)^2) > sum(missing(multipliers)^2) && max(abs(change)) > 1e-14) change <- change / 2
  multipliers <- multipliers + change
}
stopifnot(abs(missing(multipliers)) < 1e-8)
trimmed <- clipped(multipliers)
line("trimmed_weights", "", "", figures(min(trimmed), max(trimmed)), figures(sum(trimmed^2) / sum(trimmed)^2 * length(trimmed)))

# From the definition: residuals on all margins, regressed with the weights before fitting, added up by the design.
defined <- function(weights, base, rows, part, variance) {
  y <- answers[rows, paste0("y_", part)]
  n <- answers[rows, paste0("n_", part)]
  ratio <- sum(weights * y) / sum(weights * n)
  linearised <- cbind(answers[rows, c("gender", "age", "agency")], e = y - ratio * n)
  score <- rep(0, nrow(answers))
  score[rows] <- weights * resid(lm(e ~ gender + age + agency, linearised, weights = base)) / sum(weights * n)
  c(20 * ratio, 20 * sqrt(variance(score)))
}
two_way <- function(score) {
  own <- cbind(answers, score = score)[said, ]
  both(sapply(ways, function(way) {
    vcov(svytotal(~score, svydesign(reformulate(way), strata = ~agency, weights = ~one, data = own, nest = TRUE)))
  }))
}
for (part in names(parts)) {
  line("trimmed", "", part, figures(defined(trimmed, rep(1, sum(said)), said, part, two_way)), "")
}

# A drawn sample, weights begun by its design: post-stratified by the package, raked from the definition.
drawn <- stratified(subset(designs$people, gender != ""))
for (part in names(parts)) {
  found <- svyratio(of(part)[[1]], of(part)[[2]], drawn)
  line("drawn_gender", "", part, figures(20 * coef(found), 20 * SE(found)), "")
}
for (name in names(designs)) {
  fitted <- weights(raked(subset(designs[[name]], said)))
  fitted <- fitted[fitted > 0]
  by_design <- function(score) {
    ids <- if (name == "people") ~1 else ~point_day
    fpc <- if (name == "people") ~size_design else ~point_days
    all <- svydesign(ids, strata = ~agency, weights = ~one, fpc = fpc, data = cbind(answers, score = score), nest = TRUE)
    vcov(svytotal(~score, all))
  }
  for (part in names(parts)) {
    found <- defined(fitted, answers$weight[said], said, part, by_design)
    line(paste0("drawn_margins_", name), "", part, figures(found), "")
  }
}
