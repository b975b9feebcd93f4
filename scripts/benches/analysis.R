# The same estimates and standard errors with the package survey: what scripts/bench analysis compares with.
#
#   Rscript analysis.R svyby|split RESPONSES.csv FIGURES.csv
#
# With svyby one design holds everybody and each agency is a domain of it, as the manual of the package does it. As
# agencies are strata here, a design of its own for each agency (split) gives the same figures, in far less time.
# A response is a row: agency, point, day, then a column for each item with its points, empty without a valid answer.
# Prints one line of JSON: the seconds of reading and of reading and estimating, the processor's, and the most memory held.
suppressPackageStartupMessages(library(survey))
options(survey.lonely.psu = "adjust")
most_points <- 5
least_clusters <- 10
parts <- c(A = "access", B = "procedures", C = "officials", D = "outcome", E = "feedback")

estimate <- function(part, items) {
  answers <- responses[items]
  people <- data.frame(
    agency = responses$agency,
    cluster = paste(responses$point, responses$day),
    n = rowSums(!is.na(answers)),
    y = rowSums(answers, na.rm = TRUE)
  )
  # Who gave no valid answer to the part is no draw.
  people <- people[people$n > 0, ]
  clusters <- tapply(people$cluster, people$agency, function(one) length(unique(one)))
  few <- clusters[people$agency] < least_clusters
  people$cluster[few] <- paste("person", seq_len(nrow(people)))[few]
  found <- ways[[way]](people)
  alone <- table(people$agency)[found$agency] == 1
  se <- ifelse(alone, NA, found$se)
  data.frame(agency = found$agency, part = part, value = 100 / most_points * found$ratio, se = 100 / most_points * se)
}

ways <- list(
  svyby = function(people) {
    design <- svydesign(ids = ~cluster, strata = ~agency, weights = ~1, data = people, nest = TRUE)
    found <- svyby(~y, ~agency, design, svyratio, denominator = ~n)
    data.frame(agency = found$agency, ratio = found[["y/n"]], se = found[["se.y/n"]])
  },
  split = function(people) {
    one <- function(mine) {
      if (nrow(mine) == 1) { # A design needs two draws.
        return(c(mine$y / mine$n, NA))
      }
      ratio <- svyratio(~y, ~n, svydesign(ids = ~cluster, weights = ~1, data = mine))
      c(coef(ratio), SE(ratio))
    }
    found <- vapply(split(people, people$agency), one, numeric(2))
    data.frame(agency = colnames(found), ratio = found[1, ], se = found[2, ])
  }
)

words <- commandArgs(trailingOnly = TRUE)
way <- words[1]
begun <- proc.time()
responses <- read.csv(words[2])
read <- proc.time()
items <- names(responses)[-(1:3)]
figures <- lapply(names(parts), function(letter) estimate(parts[[letter]], items[substr(items, 1, 1) == letter]))
figures <- do.call(rbind, c(figures, list(estimate("overall", items))))
ended <- proc.time()

figures[c("value", "se")] <- lapply(figures[c("value", "se")], function(one) ifelse(is.na(one), "", sprintf("%.17g", one)))
write.csv(figures, words[3], row.names = FALSE, quote = FALSE)
peak <- as.numeric(gsub("\\D", "", grep("VmHWM", readLines("/proc/self/status"), value = TRUE))) * 1024 / 1e6
cat(sprintf(
  '{"reading": %.3f, "taken": %.3f, "cpu": %.3f, "peak_megabytes": %.1f}\n',
  (read - begun)[["elapsed"]], (ended - begun)[["elapsed"]], sum((ended - begun)[c("user.self", "sys.self")]), peak
))
