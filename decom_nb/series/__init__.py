"""Numbers over time and shares of few: intervals, anomalies, change points, trends and forecasts, by well-kept libraries.

Pure: numbers in, numbers out. What is heavy is imported when it is asked for.
"""
