# Adjusted p-values of fixed lists, Welch's test on the logit scale, and differences of pooled levels between
# an agency and another, and between an agency and the rest, with their linearised standard errors.
#
#   Rscript comparison.R responses.csv > comparison.csv
suppressPackageStartupMessages(library(survey))

answers <- read.csv(commandArgs(trailingOnly = TRUE)[1], colClasses = "character")
items <- names(answers)[-1]
points <- sapply(answers[items], function(column) as.integer(ifelse(column %in% 1:5, column, NA)))
write_row <- function(...) cat(paste(c(...), collapse = ","), "\n", sep = "")
digits <- function(number) sprintf("%.17g", number)

cat("what,case,figure,value\n")

lists <- list(
  spread = c(0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216),
  untidy = c(0.03, NA, 1, 0.0004, 0.03, 0.7, NA, 0.012, 0.03),
  single = 0.2,
  tiny = c(1e-300, 1e-12, 0.5)
)
for (case in names(lists)) {
  for (method in c("holm", "BH")) {
    adjusted <- p.adjust(lists[[case]], method)
    for (place in seq_along(adjusted)) {
      write_row(method, case, place - 1, if (is.na(adjusted[place])) "nan" else digits(adjusted[place]))
    }
  }
}

# One item, one answer a person: the level is a mean, its difference and standard error are those of R's own
# test; the test is Welch's on the logit scale, each variance held back by half a response half a scale away.
side <- function(points) {
  x <- mean(points) / 5
  v <- var(points / 5) / length(points)
  m <- length(points)
  certain <- min((x * (1 - x) + 0.125 / m) / (v + 0.125 / m^2), x * (1 - x) / v)
  list(logit = qlogis(x), variance = 1 / (certain * x * (1 - x)), degrees = m - 1)
}
for (item in c("A1", "B2", "E3")) {
  of <- function(agency) as.vector(na.omit(points[answers$agency == agency, item]))
  plain <- t.test(20 * of("SXD"), 20 * of("STC"))
  ours <- side(of("SXD"))
  other <- side(of("STC"))
  variance <- ours$variance + other$variance
  degrees <- variance^2 / (ours$variance^2 / ours$degrees + other$variance^2 / other$degrees)
  t <- (ours$logit - other$logit) / sqrt(variance)
  figures <- c(
    value = unname(plain$estimate[1] - plain$estimate[2]), se = unname(plain$stderr),
    degrees = degrees, t = t, p = 2 * pt(-abs(t), degrees)
  )
  for (name in names(figures)) write_row("welch", item, name, digits(figures[name]))
}

# Several items pooled: those who answered the part, agencies as strata, the difference as a contrast.
for (letter in c("A", "B", "C", "D", "E")) {
  part <- points[, substr(items, 1, 1) == letter]
  data <- data.frame(agency = answers$agency, y = rowSums(part, na.rm = TRUE), n = rowSums(!is.na(part)))
  data <- data[data$n > 0, ]
  data$rest <- data$agency != "SXD"
  design <- svydesign(ids = ~1, strata = ~agency, weights = ~1, data = data)
  by_agency <- svyby(~y, by = ~agency, denominator = ~n, design = design, FUN = svyratio, covmat = TRUE)
  with_rest <- svyby(~y, by = ~rest, denominator = ~n, design = design, FUN = svyratio, covmat = TRUE)
  found <- list(
    agency = svycontrast(by_agency, c(0, -1, 1)), # PTT, STC, SXD
    rest = svycontrast(with_rest, c(1, -1))
  )
  for (name in names(found)) {
    write_row(name, letter, "value", digits(20 * coef(found[[name]])))
    write_row(name, letter, "se", digits(20 * SE(found[[name]])))
  }
}

# A mean of three independent agencies, as a contrast of independent levels.
part <- points[, substr(items, 1, 1) == "A"]
data <- data.frame(agency = answers$agency, y = rowSums(part, na.rm = TRUE), n = rowSums(!is.na(part)))
design <- svydesign(ids = ~1, strata = ~agency, weights = ~1, data = data[data$n > 0, ])
levels <- svyby(~y, by = ~agency, denominator = ~n, design = design, FUN = svyratio, covmat = TRUE)
mean_of_agencies <- svycontrast(levels, rep(1 / 3, 3))
write_row("mean", "A", "value", digits(20 * coef(mean_of_agencies)))
write_row("mean", "A", "se", digits(20 * SE(mean_of_agencies)))
