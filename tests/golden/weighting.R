# Weights fitted to known totals, and a pooled ratio with such weights: post-stratification, raking over three
# margins, raking with constant bounds; with equal and with unequal base weights; draws are responses or clusters.
#
#   Rscript weighting.R weighting-responses.csv > weighting.csv
suppressPackageStartupMessages(library(survey))

answers <- read.csv(commandArgs(trailingOnly = TRUE)[1])
answers$all_equal <- 10

totals <- list(
  sex = c(f = 640, m = 560),
  age = c(middle = 470, old = 180, young = 550),
  area = c(rural = 520, urban = 680)
)
frame <- function(name, values = totals[[name]]) setNames(data.frame(names(values), values), c(name, "Freq"))
cells <- data.frame(sex = rep(c("f", "m"), each = 2), area = c("rural", "urban"), Freq = c(290, 350, 230, 330))

formulas <- list(sex = ~sex, age = ~age, area = ~area)
margins <- lapply(names(totals), frame)

# Weights from 5 to 20 nearest to the base weights in the sense of raking: Newton's method on the dual problem.
# The package's own calibrate() needs MASS; with it installed it gives the same weights and errors.
columns <- model.matrix(~ sex + age + area, answers)
wanted <- c(1200, totals$sex["m"], totals$age[c("old", "young")], totals$area["urban"])
bounded <- function(base) {
  clipped <- function(multipliers) pmin(pmax(base * exp(drop(columns %*% multipliers)), 5), 20)
  missing <- function(multipliers) wanted - colSums(columns * clipped(multipliers))
  multipliers <- c(log(1200 / sum(base)), 0, 0, 0, 0)
  for (step in 1:100) {
    weights <- clipped(multipliers)
    inside <- weights * (weights > 5 & weights < 20)
    change <- solve(crossprod(columns * inside, columns), missing(multipliers))
    while (sum(missing(multipliers + change)^2) > sum(missing(multipliers)^2) && max(abs(change)) > 1e-14) {
      change <- change / 2
    }
    multipliers <- multipliers + change
  }
  stopifnot(abs(missing(multipliers)) < 1e-9)
  clipped(multipliers)
}

methods <- list(
  post_stratified = function(design) postStratify(design, ~sex, margins[[1]]),
  post_stratified_cells = function(design) postStratify(design, ~ sex + area, cells),
  raked = function(design) rake(design, formulas, margins, control = list(maxit = 500, epsilon = 1e-11))
)

# The ratio for everybody and for the old, each with its error as the package has it for a calibrated design.
figures <- function(design) {
  everybody <- svyratio(~y, ~n, design)
  old <- svyratio(~y, ~n, subset(design, age == "old"))
  c(coef(everybody), SE(everybody), coef(old), SE(old))
}

# The same from the definition: residuals of a regression with the base weights, their total's error by svytotal().
defined <- function(weights, base, ids) {
  unlist(lapply(list(rep(TRUE, nrow(answers)), answers$age == "old"), function(domain) {
    y <- answers$y * domain
    n <- answers$n * domain
    ratio <- sum(weights * y) / sum(weights * n)
    linearised <- cbind(answers[names(totals)], e = y - ratio * n)
    residual <- resid(lm(e ~ sex + age + area, linearised, weights = base))
    score <- data.frame(z = weights * residual / sum(weights * n), cluster = answers$cluster)
    c(ratio, SE(svytotal(~z, svydesign(ids, weights = ~1, data = score))))
  }))
}

show <- function(method, base, draws, kind, values) {
  cat(sprintf("%s,%s,%s,%s,%d,%.17g\n", method, base, draws, kind, seq_along(values) - 1, values), sep = "")
}

cat("method,base,draws,kind,place,value\n")
for (base in c("all_equal", "weight")) {
  start <- svydesign(~1, weights = formula(paste("~", base)), data = answers)
  weights_of <- lapply(methods, function(method) weights(method(start)))
  weights_of$bounded <- bounded(answers[[base]])
  for (method in names(weights_of)) show(method, base, "", "weights", weights_of[[method]])
  for (draws in c("response", "cluster")) {
    ids <- if (draws == "response") ~1 else ~cluster
    start <- svydesign(ids, weights = formula(paste("~", base)), data = answers)
    for (method in names(methods)) show(method, base, draws, "package", figures(methods[[method]](start)))
    for (method in c("raked", "bounded")) {
      show(method, base, draws, "definition", defined(weights_of[[method]], answers[[base]], ids))
    }
  }
}
